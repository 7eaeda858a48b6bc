import Foundation
import HyperAgents
import HyperCPU
import HyperFormats
import HyperParallel
import HyperProbes
import HyperReference
import HyperTensor
import HyperTestAlgorithm
import Testing

@testable import HyperExperiments

/// An algorithm that is no actor-critic, through everything that a run offers: iterations instead of environment steps, several tasks
/// with goals, two phases of which one can be abandoned, no replay, ragged episodes, two series of evaluations.
@Suite struct OtherAlgorithmTests {
    private static let catalogue = AlgorithmCatalogue([GoalSearchConfiguration.self])
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func configuration(
        seeds: [UInt32] = [3, 8], context: String = "goal", environment: String = "HalfCheetah-Vel"
    ) throws -> RunConfiguration {
        try ResolvedConfiguration(
            [
                ConfigurationLayer(
                    [
                        "algorithm": "goal-search", "environment": environment, "context": context, "steps": "12",
                        "eval-every": "4", "eval-episodes": "2", "log-every": "2",
                        "seeds": seeds.map { "\($0)" }.joined(separator: ","),
                    ].map { .init($0.key, $0.value, from: .option("--\($0.key)")) })
            ], catalogue: Self.catalogue
        ).configuration
    }

    @discardableResult
    private func train(
        _ configuration: RunConfiguration, _ name: String, checkpoints: CheckpointPolicy = .init(),
        writesEvents: Bool = false, probes: ProbePlan? = nil, threads: Int = 1, monitor: TestMonitor = TestMonitor()
    ) throws -> TrainingRun.Outcome {
        let backend = try CPUBackend(threads: threads)
        return try TrainingRun(
            configuration, folder: RunFolder(creating: folder.file(name), overwrites: false), checkpoints: checkpoints,
            writesEvents: writesEvents, probes: probes, backend: backend, pool: backend.pool, build: TestRuns.build,
            monitor: monitor
        ).run()
    }

    @discardableResult
    private func resume(_ path: String) throws -> TrainingRun.Outcome {
        let backend = try CPUBackend(threads: 1)
        let plan = try ResumePlan(StoredRun(path, catalogue: Self.catalogue))
        return try TrainingRun(
            resuming: plan, backend: backend, pool: backend.pool, build: TestRuns.build, monitor: nil
        ).run()
    }

    /// Everything that was computed, by seed and file; logs without their clocks.
    private func results(_ name: String, seeds: [UInt32]? = nil) throws -> [String: String] {
        var found: [String: String] = [:]
        let run = try StoredRun(folder.file(name), catalogue: Self.catalogue)
        for seed in seeds ?? run.seeds {
            let files = run.files(seed)
            let step = try #require(files.steps().last)
            let checkpoint = try StoredCheckpoint(files, step: step, run: run.description, seed: seed)
            found["\(seed)/state of \(step)"] = try SHA256.receipt(ofFile: checkpoint.statePath).sha256
            for path in [files.weights, files.evaluations] {
                found["\(seed)/\(path.split(separator: "/").last ?? "")"] = try SHA256.receipt(ofFile: path).sha256
            }
            for best in files.steps(.best) {
                let path = "\(files.checkpoint(best, .best))/\(Manifest.weightsName)"
                found["\(seed)/best \(best)"] = try SHA256.receipt(ofFile: path).sha256
            }
            found["\(seed)/progress"] = try rows(files.progress).map { $0.joined(separator: ",") }
                .joined(separator: "\n")
        }
        return found
    }

    /// A log's header and rows, without clocks.
    private func rows(_ path: String) throws -> [[String]] {
        let table = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let kept = table[0].indices.filter { !["seconds", "steps_per_second"].contains(table[0][$0]) }
        return table.map { row in kept.map { row[$0] } }
    }

    // MARK: Training

    @Test func itsLogsHaveItsUnitsSeriesAndMetrics() throws {
        let outcome = try train(configuration(), "run", writesEvents: true)
        #expect(outcome.isComplete && outcome.steps == 12 && outcome.finalReturns.count == 2)
        let files = try StoredRun(folder.file("run"), catalogue: Self.catalogue).files(3)
        let progress = try rows(files.progress)
        #expect(
            progress[0] == [
                "step", "iteration", "episodes", "episode_return", "episode_length", "eval_return_mean",
                "eval_return_std", "eval_untold_return_mean", "eval_untold_return_std", "loss", "return_mean",
            ])
        let logs = progress.dropFirst().filter { !$0[9].isEmpty }
        let evaluations = progress.dropFirst().filter { $0[9].isEmpty }
        #expect(logs.map { $0[1] } == ["2", "4", "6", "8", "10", "12"])
        #expect(evaluations.map { $0[1] } == ["4", "8", "12"])
        // Six episodes an iteration, none longer than 8 steps; some are shorter.
        #expect(logs.map { $0[2] } == ["12", "24", "36", "48", "60", "72"])
        let steps = try logs.map { try #require(Int($0[0])) }
        #expect(steps == steps.sorted() && steps[5] < 72 * 8 && steps[5] >= 72 * 5)
        #expect(evaluations.allSatisfy { row in row[5...8].allSatisfy { Double($0) != nil } && row[5] != row[7] })
        // Two tasks of two episodes for each series.
        let episodes = try rows(files.evaluations)
        #expect(episodes[0] == ["step", "series", "task", "episode", "return", "length"])
        #expect(episodes.count == 1 + 3 * 2 * 2 * 2)
        #expect(
            episodes[1...4].map { Array($0[1...3]) }
                == [0, 1].flatMap { task in
                    [0, 1].map { ["told", "\(task)", "\($0)"] }
                })
        #expect(try Folder.names(in: files.path).contains { $0.hasPrefix("events.out.tfevents") })
        // No experience, so no folder of segments.
        #expect(files.pools.isEmpty)
    }

    @Test func seedsAndThreadsChangeNothing() throws {
        try train(configuration(), "both", threads: 2)
        try train(configuration(seeds: [8]), "alone")
        #expect(try results("both", seeds: [8]) == results("alone"))
        try train(configuration(seeds: [8], context: "none"), "none")
        #expect(try results("none") != results("alone"))
    }

    @Test func itDrawsItsGoalsAndTakesNone() throws {
        #expect(try configuration().goal == .none)
        let error = try #require(throws: ConfigurationError.self) {
            try ResolvedConfiguration(
                [
                    ConfigurationLayer([
                        .init("algorithm", "goal-search", from: .option("a")),
                        .init("environment", "Ant-Vel", from: .option("b")),
                        .init("goal", "1.5", from: .option("--goal")),
                    ])
                ], catalogue: Self.catalogue)
        }
        guard case .unfit(let sentence, .option("--goal")) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(sentence.contains("goal-search draws the goals of its tasks"))
    }

    // MARK: Stopping and resuming

    /// Asked to stop at every question that is asked: between duties, in the middle of a collection, in an evaluation.
    @Test func whereverItIsStoppedItResumesToTheSame() throws {
        try train(configuration(), "whole")
        let expected = try results("whole")
        var cuts = 0
        for last in stride(from: 1, through: 400, by: 9) {
            let monitor = TestMonitor()
            var questions = 0
            monitor.stopsNow = {
                questions += 1
                return questions > last
            }
            let name = "cut-\(last)"
            if try train(configuration(), name, monitor: monitor).isComplete { break }
            cuts += 1
            #expect(try resume(folder.file(name)).isComplete)
            #expect(try results(name) == expected, "stopped at question \(last)")
        }
        #expect(cuts > 5)
    }

    /// A process that dies, in the middle of a collection or of anything else, leaves the folder as it is then.
    @Test func whereverItDiesItResumesToTheSame() throws {
        try train(configuration(), "whole")
        let expected = try results("whole")
        let backend = BreakingBackend(try CPUBackend(threads: 1), afterRuns: .max)
        _ = try TrainingRun(
            configuration(), folder: RunFolder(creating: folder.file("counted"), overwrites: false), backend: backend,
            pool: WorkerPool(threads: 1), build: TestRuns.build, monitor: nil
        ).run()
        let runs = backend.runs
        // Eight acts and an update in an iteration, and evaluations.
        #expect(runs > 12 * 9)
        for last in stride(from: 5, to: runs, by: 17) {
            let path = folder.file("dead-\(last)")
            do {
                let run = try TrainingRun(
                    configuration(), folder: RunFolder(creating: path, overwrites: false),
                    checkpoints: CheckpointPolicy(interval: .steps(3)),
                    backend: BreakingBackend(try CPUBackend(threads: 1), afterRuns: last),
                    pool: WorkerPool(threads: 1), build: TestRuns.build, monitor: nil)
                #expect(throws: BreakingBackend.Broken.self) { try run.run() }
            }
            #expect(try resume(path).isComplete)
            #expect(try results("dead-\(last)") == expected, "died at run \(last)")
        }
    }

    // MARK: Looking at it

    @Test func itsWeightsAreEvaluatedWithoutItsLearner() throws {
        try train(configuration(), "run")
        let backend = try CPUBackend(threads: 1)
        let run = try StoredRun(folder.file("run"), catalogue: Self.catalogue)
        let evaluation = try RunEvaluation(
            run, checkpoint: .latest, episodes: 3, startSeed: nil, backend: backend, pool: backend.pool)
        #expect(evaluation.results.map(\.seed) == [3, 8] && evaluation.results.map(\.step) == [12, 12])
        for result in evaluation.results {
            #expect(result.measured.series.map(\.name) == ["told", "untold"])
            #expect(result.measured.series.allSatisfy { $0.tasks.map(\.returns.count) == [3, 3] })
            #expect(result.evaluation.returns.count == 6)
        }
        let json = evaluation.json
        #expect(json["seeds"]?.asArray?[0]["series"]?["untold"]?.asArray?.count == 2)
        // Round 0 is evaluation's own; training numbers its evaluations from 1.
        let again = try RunEvaluation(
            run, checkpoint: .latest, episodes: 3, startSeed: nil, backend: backend, pool: backend.pool)
        #expect(again.json == json)
    }

    @Test func itIsProbedAndTheProbeChangesNothing() throws {
        try train(configuration(), "plain")
        var plan = ProbePlan(kinds: [.updateNoise], interval: 6)
        try plan.set("repeats", to: "5", of: .updateNoise)
        try train(configuration(), "probed", probes: plan)
        #expect(try results("probed") == results("plain"))
        let files = try StoredRun(folder.file("probed"), catalogue: Self.catalogue).files(3)
        let summary = try rows(files.table(ProbeKind.updateNoise.tables[0]))
        #expect(summary.dropFirst().map { $0[0] } == ["6", "12"] && summary[1][1] == "5")
        let repeats = try rows(files.table(ProbeKind.updateNoise.tables[1])).dropFirst()
        #expect(repeats.count == 10 && Set(repeats.prefix(5).map { $0[2] }).count == 5)
        // What an update leads to is not what was there before it.
        #expect(!repeats.prefix(5).map { $0[2] }.contains(summary[1][2]))
        // A probe of critics has nothing to look at.
        #expect(throws: ProbeError.self) {
            try train(configuration(), "critics", probes: ProbePlan(kinds: [.gradientAccuracy], interval: 6))
        }
    }

    /// The run's weights and a batch of files: in float32 as in double, and the weights move.
    @Test func oneUpdateIsAFunctionOfFiles() throws {
        try train(configuration(), "run")
        let configuration = try configuration()
        let spec = try configuration.spec()
        let run = try StoredRun(folder.file("run"), catalogue: Self.catalogue)
        let batch = [("state", spec.observationSize), ("action", spec.actionSize), ("context", 1), ("weight", 1)].map {
            name, width in
            SafetensorsTensor(
                name: name, shape: width == 1 ? [5] : [5, width],
                floats: (0..<5 * width).map { Float(($0 * 37 + width) % 19) / 19 - 0.4 })
        }
        try SafetensorsWriter.write(batch, to: folder.file("batch"))
        let function = try configuration.agent.base.makeUpdateFunction(spec)
        func update(_ precision: Precision, _ backend: any Backend) throws -> SafetensorsFile {
            let files = UpdateFiles(
                weights: run.files(3).weights, batch: folder.file("batch"), noise: nil, output: folder.file("out"))
            try files.update(function, precision: precision, metadata: [:], backend: backend)
            return try SafetensorsFile(contentsOf: folder.file("out"))
        }
        let exact = try update(.double, ReferenceBackend())
        let before = try SafetensorsFile(contentsOf: run.files(3).weights)
        var numbers: [String: [Double]] = [:]
        for name in exact.names where exact.tensors[name]?.dataType == .float64 {
            numbers[name] = try exact.doubles(named: name)
        }
        #expect(numbers["update.loss"]?.count == 1 && numbers["update.gradient.policy.layers.1.bias"] != nil)
        for name in before.names { #expect(try numbers[name] != before.doubles(named: name), "\(name) did not move") }
        let single = try update(.single, CPUBackend(threads: 1))
        for (name, values) in numbers {
            let scale = values.map(\.magnitude).max() ?? 0
            let error = try zip(single.doubles(named: name), values).map { ($0 - $1).magnitude }.max() ?? .infinity
            #expect(error <= 1e-5 * max(scale, 1e-6), "\(name): \(error) of \(scale)")
        }
    }

    /// Stored checkpoints give the numbers of training, seed by seed: draws, episodes and moments are those of the step.
    @Test func aStoredCheckpointGivesTheUpdateNoiseOfTraining() throws {
        var plan = ProbePlan(kinds: [.updateNoise], interval: 6)
        plan.updateNoise.repeats = 5
        try train(configuration(), "run", checkpoints: CheckpointPolicy(interval: .steps(6)), probes: plan)
        let run = try StoredRun(folder.file("run"), catalogue: Self.catalogue)
        let backend = try CPUBackend(threads: 2)
        for (choice, step) in [(CheckpointChoice.step(6), "6"), (.latest, "12")] {
            let found = try RunProbe.updateNoise(
                of: run, .checkpoint(choice), settings: plan.updateNoise, backend: backend, pool: backend.pool)
            #expect(found.results.map(\.seed) == [3, 8] && found.results.allSatisfy { $0.reading.mean != nil })
            try found.writeTables(to: folder.file("again-\(step)"), of: run)
            for seed in run.seeds {
                for table in UpdateNoise.kind.tables {
                    let trained = try rows(run.files(seed).table(table))
                    let again = try rows(folder.file("again-\(step)/HalfCheetah-Vel_\(seed)/\(table.name).csv"))
                    #expect(again == trained[...0] + trained.filter { $0[0] == step } && again.count > 1)
                }
            }
        }
        // The best weights hold no moments, so no update goes on from them.
        #expect(throws: ProbeError.self) {
            try RunProbe.updateNoise(of: run, .checkpoint(.best), backend: backend, pool: backend.pool)
        }
        let start = try RunProbe.updateNoise(
            of: run, .start, settings: plan.updateNoise, backend: backend, pool: backend.pool)
        #expect(start.results.map(\.reading.step) == [0, 0])
    }

    @Test func itsTimeIsEstimatedFromItsOwnWork() throws {
        let backend = try CPUBackend(threads: 1)
        let estimate = try RunEstimate(try configuration(), backend: backend, pool: backend.pool, budget: 0)
        #expect(estimate.seconds.count == 2 && estimate.seconds.allSatisfy { $0 > 0 })
        let configuration = try configuration()
        #expect(configuration.work().map(\.count) == [12, 3] && configuration.isLearning)
        let expected = 12 * estimate.seconds[0] + 3 * estimate.seconds[1]
        #expect(abs(estimate.seconds(of: configuration) / expected - 1) < 1e-12)
    }

    @Test func backendsAreCheckedWithIt() throws {
        let checks = try BackendParity.checks(
            of: CPUBackend(threads: 2), against: CPUBackend(threads: 1), updates: 5, catalogue: Self.catalogue)
        #expect(checks.filter { $0.name.hasPrefix("goal-search") }.count == 4)
        let broken = checks.filter { !$0.holds }
        #expect(broken.isEmpty, "\(broken)")
    }
}

/// A backend whose programs fail from some run on, as a device does that is lost.
private final class BreakingBackend: Backend {
    struct Broken: Error {}

    private let base: any Backend
    private let limit: Int
    /// Runs of all programs.
    private(set) var runs = 0

    init(_ base: any Backend, afterRuns limit: Int) {
        self.base = base
        self.limit = limit
    }

    var device: DeviceDescription { base.device }

    func makeState(_ layout: StateLayout) throws -> any StateStore { try base.makeState(layout) }

    func schedule(_ program: Program, varying: Set<String>?) -> Schedule { base.schedule(program, varying: varying) }

    func compile(_ schedule: Schedule, state: any StateStore) throws -> any CompiledProgram {
        BreakingProgram(try base.compile(schedule, state: state)) { [unowned self] in
            guard runs < limit else { throw Broken() }
            runs += 1
        }
    }
}

private final class BreakingProgram: CompiledProgram {
    private let base: any CompiledProgram
    private let check: () throws -> Void

    init(_ base: any CompiledProgram, check: @escaping () throws -> Void) {
        self.base = base
        self.check = check
    }

    var program: Program { base.program }
    func setInput(_ index: Int, _ bytes: UnsafeRawBufferPointer) throws { try base.setInput(index, bytes) }

    func run() throws {
        try check()
        try base.run()
    }

    func readOutput(_ index: Int, into bytes: UnsafeMutableRawBufferPointer) throws {
        try base.readOutput(index, into: bytes)
    }
}
