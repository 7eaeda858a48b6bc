import HyperParallel
import Testing

@testable import HyperEnvironments

/// Environments side by side do what each would do alone.
@Suite struct VectorEnvironmentTests {
    /// Rows of observations and results of some steps, with a reset of whatever ends.
    private func play(_ vector: VectorEnvironment, steps: Int) -> (observations: [[Float]], results: [[StepResult]]) {
        var observations: [[Float]] = []
        var results: [[StepResult]] = []
        for step in 0..<steps {
            let actions = (0..<vector.count).flatMap { row in
                wavyAction(step + 3 * row, size: vector.spec.actionSize).map { Float($0) }
            }
            results.append(Array(actions.withUnsafeBufferPointer { vector.step($0) }))
            observations.append(Array(vector.observations))
            for index in 0..<vector.count where vector.results[index].isOver { vector.reset(index) }
        }
        return (observations, results)
    }

    @Test(arguments: EnvironmentSpec.all.map(\.id))
    func threadsDoNotMatter(_ id: String) throws {
        let spec = try EnvironmentSpec.named(id)
        var runs: [(observations: [[Float]], results: [[StepResult]])] = []
        for threads in [1, 2, 3] {
            let vector = try VectorEnvironment(
                spec, seeds: [3, 9], lanesPerSeed: 2, pool: WorkerPool(threads: threads))
            #expect(vector.count == 4)
            runs.append(play(vector, steps: 40))
        }
        for run in runs.dropFirst() {
            #expect(run.observations == runs[0].observations)
            #expect(run.results == runs[0].results)
        }
    }

    @Test func companionsDoNotMatter() throws {
        let spec = try EnvironmentSpec.named("Hopper-v2")
        let pool = WorkerPool(threads: 2)
        let together = play(try VectorEnvironment(spec, seeds: [5, 6, 7], pool: pool), steps: 60)
        let alone = try VectorEnvironment(spec, seeds: [5], pool: pool)
        let single = play(alone, steps: 60)
        #expect(single.observations == together.observations.map { Array($0.prefix(spec.observationSize)) })
        #expect(single.results.map { $0[0] } == together.results.map { $0[0] })
        #expect(alone.environments[0].episodeIndex > 0, "an episode must have ended for the reset to be tested")
    }

    @Test func endedEpisodesKeepTheirLastObservationUntilReset() throws {
        let spec = try EnvironmentSpec.named("Hopper-v2")
        let vector = try VectorEnvironment(spec, seeds: [0], pool: WorkerPool(threads: 1))
        let environment = try #require(vector.environments[0] as? MuJoCoEnvironment)
        let actions: [Float] = [1, 1, 1]
        var steps = 0
        while !vector.results[0].isOver && steps < 1000 {
            actions.withUnsafeBufferPointer { _ = vector.step($0) }
            steps += 1
        }
        #expect(vector.results[0].terminated)
        #expect(Array(vector.observations) == environment.observation.map { Float($0) })
        let last = Array(vector.observations)
        vector.reset(0)
        #expect(Array(vector.observations) != last)
        #expect(environment.episodeIndex == 1)
    }

    private func snapshots(of vector: VectorEnvironment) -> [EnvironmentSnapshot] {
        vector.environments.map { $0.snapshot() }
    }

    @Test func inactiveEnvironmentsStandStill() throws {
        let spec = try EnvironmentSpec.named("HalfCheetah-v2")
        let vector = try VectorEnvironment(spec, seeds: [0, 1, 2], pool: WorkerPool(threads: 2))
        vector.isActive[1] = false
        let before = snapshots(of: vector)
        // The row of the inactive environment is not read: a NaN in it must do nothing.
        var actions = Array(repeating: Float(0.5), count: 18)
        actions[6] = .nan
        actions.withUnsafeBufferPointer { _ = vector.step($0) }
        #expect(snapshots(of: vector)[1] == before[1])
        #expect(vector.results[1] == .none)
        for index in [0, 2] {
            #expect(snapshots(of: vector)[index] != before[index])
            #expect(vector.results[index].divergence == nil)
        }
        vector.resetAll(toEpisode: 0)
        #expect(vector.isActive == [true, true, true])
    }

    @Test func snapshotsRestoreAllRows() throws {
        let spec = try EnvironmentSpec.named("Ant-v2")
        let pool = WorkerPool(threads: 2)
        let vector = try VectorEnvironment(spec, seeds: [0, 1], pool: pool)
        _ = play(vector, steps: 15)
        let snapshots = self.snapshots(of: vector)
        let observations = Array(vector.observations)
        let expected = play(vector, steps: 15)
        let other = try VectorEnvironment(spec, seeds: [0, 1], pool: pool)
        for (index, snapshot) in snapshots.enumerated() { try other.restore(snapshot, at: index) }
        #expect(Array(other.observations) == observations)
        let resumed = play(other, steps: 15)
        #expect(resumed.observations == expected.observations)
        #expect(resumed.results == expected.results)
    }

    /// However an environment was moved, the rows show where it is.
    @Test func rowsFollowEveryResetAndRestore() throws {
        let spec = try EnvironmentSpec.named("Hopper-v2")
        let vector = try VectorEnvironment(spec, seeds: [0, 1], pool: WorkerPool(threads: 1))
        var seen: Set<[Float]> = []
        func expectRows() throws {
            let environments = try vector.environments.map { try #require($0 as? MuJoCoEnvironment) }
            #expect(Array(vector.observations) == environments.flatMap { $0.observation.map { Float($0) } })
            #expect(seen.insert(Array(vector.observations)).inserted, "nothing has moved")
        }
        try expectRows()
        let start = snapshots(of: vector)
        _ = play(vector, steps: 3)
        try expectRows()
        vector.reset(0)
        try expectRows()
        vector.reset(1, toEpisode: 7)
        try expectRows()
        vector.resetAll(toEpisode: 4)
        try expectRows()
        try vector.restore(start[1], at: 1)
        try expectRows()
        vector.resetAll(toEpisode: 5)
        try expectRows()
    }

    @Test func mixedTasksStopTheProgram() async {
        await #expect(processExitsWith: .failure) {
            // The sizes of these two are the same.
            _ = VectorEnvironment(
                [try MuJoCoEnvironment("HalfCheetah-v2"), try MuJoCoEnvironment("Walker2d-v2")],
                pool: WorkerPool(threads: 1))
        }
    }
}
