import HyperAgents
import HyperBenchmarks
import HyperCPU
import Testing

@testable import HyperExperiments

/// The arithmetic: what a run does, and how long that takes at given costs.
@Suite struct RunWorkTests {
    private func td3(steps: Int) throws -> RunConfiguration {
        var configuration = RunConfiguration(
            variants: ["critic": "mlp-standard"], steps: steps, evaluationInterval: 300)
        try configuration.agent.set("random-steps", to: "100")
        return configuration
    }

    private func sac(steps: Int, random: Int) throws -> RunConfiguration {
        var configuration = RunConfiguration(
            algorithm: try #require(AlgorithmCatalogue.standard.named("sac")), variants: ["critic": "mlp-standard"],
            steps: steps, evaluationInterval: 300)
        try configuration.agent.set("random-steps", to: "\(random)")
        return configuration
    }

    private func counts(_ configuration: RunConfiguration, after done: Int = 0) -> [Int] {
        let length = RunLength(
            units: configuration.steps, done: done, evaluationInterval: configuration.evaluationInterval)
        return configuration.agent.base.work(length, timeLimit: 50).map(\.count)
    }

    @Test func updatesOfTD3FollowItsRandomSteps() throws {
        #expect(counts(try td3(steps: 1000)) == [100, 900, 900, 150])
        #expect(counts(try td3(steps: 900)) == [100, 800, 800, 150])
        #expect(counts(try td3(steps: 899)) == [100, 799, 799, 100])
        #expect(counts(try td3(steps: 101)) == [100, 1, 1, 0])
        #expect(counts(try td3(steps: 80)) == [80, 0, 0, 0])
    }

    @Test func updatesOfSACHaveABeginningOfTheirOwn() throws {
        #expect(counts(try sac(steps: 1000, random: 10)) == [10, 990, 744, 150])
        #expect(counts(try sac(steps: 1000, random: 500)) == [500, 500, 744, 150])
        #expect(counts(try sac(steps: 256, random: 10)) == [10, 246, 0, 0])
        #expect(counts(try sac(steps: 300, random: 0)) == [0, 300, 44, 50])
    }

    @Test func whatIsDoneIsNotDoneAgain() throws {
        #expect(counts(try td3(steps: 1000), after: 40) == [60, 900, 900, 150])
        #expect(counts(try td3(steps: 1000), after: 600) == [0, 400, 400, 50])
        #expect(counts(try sac(steps: 1000, random: 10), after: 200) == [0, 800, 744, 150])
        #expect(counts(try td3(steps: 1000), after: 1000) == [0, 0, 0, 0])
        #expect(counts(try td3(steps: 1000), after: 1200) == [0, 0, 0, 0])
    }

    @Test func everyKindOfWorkHasItsCost() throws {
        let estimate = RunEstimate(seconds: [1, 1000, 1e6, 1e10])
        #expect(try estimate.seconds(of: td3(steps: 1000)) == 100 + 900e3 + 900e6 + 3000e10)
        #expect(try estimate.seconds(of: td3(steps: 1000), after: 600) == 400e3 + 400e6 + 1000e10)
    }

    /// A half-cheetah's episodes never end early, so a run does all that is counted.
    @Test(arguments: ["td3", "sac"]) func aRunDoesWhatIsCounted(_ algorithm: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.file("run")
        var configuration = RunConfiguration(
            algorithm: try #require(AlgorithmCatalogue.standard.named(algorithm)), variants: ["critic": "mlp-standard"],
            steps: 90,
            evaluationInterval: 40, evaluationEpisodes: 1)
        try configuration.agent.set("batch-size", to: "4")
        try configuration.agent.beginUpdates(afterRandomSteps: 30)
        try configuration.agent.set("random-steps", to: "35")
        let backend = RecordingBackend(try CPUBackend(threads: 1))
        let pool = try CPUBackend(threads: 1).pool
        backend.isRecording = true
        /// The programs that were run since the last call, by what they are for.
        func takeCounts() -> [Int] {
            let names = backend.takeRuns().map(\.program.program.name)
            func count(_ prefix: String) -> Int { names.count { $0.hasPrefix(prefix) } }
            let policySteps = count("\(algorithm).explore")
            return [
                count("replay.store") - policySteps, policySteps, count("\(algorithm).update"),
                count("\(algorithm).act"),
            ]
        }
        func expected(_ configuration: RunConfiguration, after done: Int = 0) -> [Int] {
            configuration.work(after: done).map(\.count)
        }
        let cut = TestMonitor(lastStep: 50)
        _ = try TrainingRun(
            configuration, folder: RunFolder(creating: path, overwrites: false), backend: backend, pool: pool,
            build: TestRuns.build, monitor: cut
        ).run()
        var begun = configuration
        begun.steps = 50
        #expect(takeCounts() == expected(begun))
        let monitor = TestMonitor()
        _ = try TrainingRun(
            resuming: ResumePlan(StoredRun(path)), backend: backend, pool: pool, build: TestRuns.build,
            monitor: monitor
        ).run()
        #expect(takeCounts() == expected(configuration, after: 50))
    }
}

/// The measurement: which programs a trial runs, in which order. No test looks at a clock.
@Suite struct TrialTests {
    /// The programs that a trial runs, in order, with how often each is repeated; checks of the log are left out.
    private func programs(_ configuration: RunConfiguration) throws -> [String] {
        let backend = RecordingBackend(try CPUBackend(threads: 1))
        backend.isRecording = true
        _ = try RunEstimate(configuration, backend: backend, pool: CPUBackend(threads: 1).pool, budget: 0)
        var runs: [(name: String, count: Int)] = []
        for name in backend.takeRuns().map(\.program.program.name) where name != "finite check" {
            if runs.last?.name == name { runs[runs.count - 1].count += 1 } else { runs.append((name, 1)) }
        }
        return runs.map { "\($0.count) \($0.name)" }
    }

    /// Steps of the policy, and steps of evaluations: one to set up and one to measure.
    private func acting(_ algorithm: String) -> (steps: [String], evaluations: [String]) {
        let step = ["1 \(algorithm).explore", "1 replay.store"]
        return (step + step, ["2 \(algorithm).act"])
    }

    /// Random steps, steps of the policy without an update between them, whole periods of updates, steps of evaluations.
    @Test func everyKindOfWorkIsTried() throws {
        var configuration = try TestRuns.configuration()
        try configuration.agent.set("batch-size", to: "4")
        try configuration.agent.set("policy-delay", to: "3")
        let period = ["2 td3.update", "1 td3.update.delayed"]
        let (steps, evaluations) = acting("td3")
        let tried = try programs(configuration)
        #expect(tried == ["257 replay.store"] + steps + period + period + evaluations)
    }

    /// However the run's random steps and its updates lie.
    @Test(arguments: [("0", "1"), ("100000", "1"), ("0", "100000")])
    func everyKindOfSACsWorkIsTried(_ randomSteps: String, _ stepsBeforeUpdates: String) throws {
        var configuration = try TestRuns.configuration(
            algorithm: try #require(AlgorithmCatalogue.standard.named("sac")))
        try configuration.agent.set("random-steps", to: randomSteps)
        try configuration.agent.set("steps-before-updates", to: stepsBeforeUpdates)
        let (steps, evaluations) = acting("sac")
        let tried = try programs(configuration)
        #expect(tried == ["257 replay.store"] + steps + ["2 sac.update"] + evaluations)
    }
}
