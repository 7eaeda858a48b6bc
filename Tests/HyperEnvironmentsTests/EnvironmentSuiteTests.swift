import Foundation
import Testing

@testable import HyperEnvironments

/// What must hold of every task.
@Suite struct EnvironmentSuiteTests {
    static let ids = EnvironmentSpec.all.map(\.id)

    @Test(arguments: ids)
    func matchesItsSpec(_ id: String) throws {
        let environment = try MuJoCoEnvironment(id)
        let spec = environment.spec
        #expect(spec.id == id && !spec.summary.isEmpty)
        #expect(environment.observation.count == spec.observationSize)
        #expect(environment.state.controls.count == spec.actionSize)
        #expect(spec.actionRange == -1...1)
        let start = environment.state.time
        _ = environment.step(Array(repeating: 0, count: spec.actionSize))
        #expect(abs(environment.state.time - start - spec.controlTimestep) < 1e-12)
        #expect(
            environment.rollout(20).observations.allSatisfy {
                $0.count == spec.observationSize && $0.allSatisfy(\.isFinite)
            })
    }

    @Test func sizesAreThePapers() throws {
        let sizes = EnvironmentSpec.all.map { [$0.observationSize, $0.actionSize, $0.timeLimit] }
        #expect(
            sizes == [
                [11, 3, 1000], [17, 6, 1000], [17, 6, 1000], [111, 8, 1000], [111, 8, 1000],
                [20, 6, 200], [20, 6, 200], [20, 6, 200], [27, 8, 200], [27, 8, 200],
            ])
        #expect(Set(Self.ids).count == Self.ids.count)
    }

    /// An extra pass over the bodies that the other tasks need not wait for.
    @Test func antsAloneComputeContactForces() {
        let needing = EnvironmentSpec.all.filter { $0.task?.needsContactForces == true }.map(\.id)
        #expect(needing == ["Ant-v2", "AntNoControlCost-v2", "Ant-Fwd-Back", "Ant-Vel"])
    }

    /// The two single ants differ in nothing else that lists show.
    @Test func antsSayWhatTheyPayFor() throws {
        #expect(try EnvironmentSpec.named("Ant-v2").summary == "Walk forward on four legs, with Gym's control cost.")
        let other = try EnvironmentSpec.named("AntNoControlCost-v2")
        #expect(other.summary == "Walk forward on four legs, without control cost.")
    }

    @Test(arguments: ids)
    func sameSeedGivesTheSameTrajectory(_ id: String) throws {
        let (first, second) = (try MuJoCoEnvironment(id, seed: 7), try MuJoCoEnvironment(id, seed: 7))
        let (one, two) = (first.rollout(40), second.rollout(40))
        #expect(one.observations == two.observations)
        #expect(one.results == two.results)
        #expect(one.observations != (try MuJoCoEnvironment(id, seed: 8)).rollout(40).observations)
    }

    @Test(arguments: ids)
    func observationsAreFreshArrays(_ id: String) throws {
        let environment = try MuJoCoEnvironment(id)
        let before = environment.observation
        let copy = before.map { $0 }
        _ = environment.rollout(3)
        #expect(before == copy)
        #expect(environment.observation != before)
        var floats = Array(repeating: Float.nan, count: environment.spec.observationSize)
        floats.withUnsafeMutableBufferPointer { environment.copyObservation(to: $0) }
        #expect(floats == environment.observation.map { Float($0) })
    }

    /// Known exceptions: the cheetahs move in a plane, so their torso's y stays 0; contact forces on the world body and on segments
    /// that touch nothing stay 0.
    @Test(arguments: ids)
    func noObservationIsConstant(_ id: String) throws {
        let environment = try MuJoCoEnvironment(id)
        let observations = environment.rollout(60).observations
        let movable = id.hasPrefix("Ant") ? 27 : environment.spec.observationSize
        for index in 0..<movable where !(id.hasPrefix("HalfCheetah-") && id != "HalfCheetah-v2" && index == 18) {
            #expect(Set(observations.map { $0[index] }).count > 10, "observation \(index) stays the same")
        }
        if environment.spec.observationSize > movable {
            let forces = (movable..<environment.spec.observationSize).filter { index in
                Set(observations.map { $0[index] }).count > 1
            }
            #expect(forces.count > 12, "only \(forces.count) contact entries ever change")
        }
    }

    @Test(arguments: ids)
    func snapshotRestoresExactly(_ id: String) throws {
        let environment = try MuJoCoEnvironment(id, seed: 5)
        environment.reset()
        _ = environment.rollout(25)
        let snapshot = environment.snapshot()
        let expected = environment.rollout(30)
        let end = environment.snapshot()

        // Through JSON, as a checkpoint would, into an environment that has been elsewhere.
        let stored = try JSONDecoder().decode(EnvironmentSnapshot.self, from: JSONEncoder().encode(snapshot))
        #expect(stored == snapshot)
        let other = try MuJoCoEnvironment(id, seed: 5)
        _ = other.rollout(13)
        try other.restore(stored)
        #expect(other.snapshot() == snapshot)
        let resumed = other.rollout(30)
        #expect(resumed.observations == expected.observations)
        #expect(resumed.results == expected.results)
        #expect(other.snapshot() == end)
        other.reset()
        environment.reset()
        #expect(other.snapshot() == environment.snapshot())
    }

    @Test func snapshotsOfOtherTasksAreRefused() throws {
        let snapshot = try MuJoCoEnvironment("Ant-v2").snapshot()
        let environment = try MuJoCoEnvironment("AntNoControlCost-v2")
        let before = environment.snapshot()
        #expect(throws: EnvironmentError.wrongTask(snapshot: "Ant-v2", task: "AntNoControlCost-v2")) {
            try environment.restore(snapshot)
        }
        var short = before
        short.positions.removeLast()
        #expect(
            throws: EnvironmentError.wrongSize(
                task: "AntNoControlCost-v2", what: "the snapshot's qpos", count: 14, expected: 15)
        ) {
            try environment.restore(short)
        }
        #expect(environment.snapshot() == before)
    }

    @Test func goalsMustFitTheTask() throws {
        #expect(throws: EnvironmentError.self) { try MuJoCoEnvironment("Hopper-v2", goal: .direction(1)) }
        #expect(throws: EnvironmentError.self) { try MuJoCoEnvironment("Ant-Fwd-Back", goal: .direction(0.5)) }
        #expect(throws: EnvironmentError.self) { try MuJoCoEnvironment("Ant-Vel", goal: .velocity(.nan)) }
        let environment = try MuJoCoEnvironment("HalfCheetah-Fwd-Back")
        #expect(environment.goal == .direction(1))
        try environment.setGoal(.direction(-1))
        #expect(environment.snapshot().goal == .direction(-1))
    }

    @Test func unknownTasksAnswerWithTheNamesThereAre() {
        let error = #expect(throws: EnvironmentError.unknownEnvironment(id: "halfcheeta-v2")) {
            try EnvironmentSpec.named("halfcheeta-v2")
        }
        #expect(EnvironmentSpec.all.allSatisfy { error?.description.contains($0.id) ?? false })
    }
}
