import HyperAgents
import HyperCPU
import HyperFormats
import HyperTensor
import HyperTestAlgorithm
import Testing

@testable import HyperBenchmarks

@Suite struct StepTests {
    static var agent: BenchmarkAgent {
        get throws {
            try BenchmarkAgent(
                variants: ["critic": "mlp-standard"], environment: "Hopper-v2", seeds: 2, replayRows: 500)
        }
    }

    private func measure() throws -> StepResult {
        try StepBenchmark.run(Self.agent, seconds: 0.2, backend: CPUBackend(threads: 1))
    }

    @Test func jsonHasTheAgreedKeys() throws {
        let json = try JSONValue(parsing: Array(measure().json.jsonText.utf8))
        #expect(
            json.asObject?.keys == [
                "algorithm", "critic", "environment", "backend", "device", "seeds", "batch", "steps", "ms_per_step",
                "phases", "peak_rss_mib",
            ])
        #expect(json["algorithm"] == "td3" && json["critic"] == "mlp-standard" && json["environment"] == "Hopper-v2")
        #expect(json["backend"] == "cpu" && json["seeds"] == 2 && json["batch"] == 100)
        #expect(json["ms_per_step"]?.asObject?.keys == ["median", "min", "max"])
        let times = try ["min", "median", "max"].map { try #require(json["ms_per_step"]?[$0]?.asDouble) }
        #expect(times[0] > 0 && times == times.sorted())
        #expect(try #require(json["steps"]?.asInt) >= 8)
        #expect(try #require(json["peak_rss_mib"]?.asDouble) > 1)
    }

    @Test func phasesAreTheTagsAndAddUpToTheStep() throws {
        let result = try measure()
        let names = result.phases.phases.map(\.name)
        for name in [
            "sample", "target", "critic forward", "critic backward", "critic optimiser", "actor", "soft update", "host",
        ] {
            #expect(names.contains(name), "\(names)")
        }
        #expect(Set(names).count == names.count)
        #expect(result.phases.phases.allSatisfy { $0.seconds >= 0 })
        // Other blocks than the recorded one may be slower or faster where a machine is busy.
        #expect(
            result.phases.total.seconds > result.step.minimum * 0.5
                && result.phases.total.seconds < result.step.maximum * 2)
        #expect(result.phases.total.seconds > 0)
    }

    @Test func everyAlgorithmCanBeTimed() throws {
        for algorithm in AlgorithmCatalogue.standard.names {
            let agent = try BenchmarkAgent(
                algorithm: algorithm, variants: ["critic": "mlp-standard"], environment: "Hopper-v2", replayRows: 500)
            let result = try StepBenchmark.run(agent, seconds: 0.1, backend: CPUBackend(threads: 1))
            #expect(result.json["algorithm"] == .string(algorithm) && result.step.median > 0)
        }
        #expect(AlgorithmCatalogue.standard.names == ["td3", "sac"])
    }

    /// An algorithm that has neither critic nor replay, and counts iterations.
    @Test func anAlgorithmOfAnotherKindCanBeTimed() throws {
        let agent = try BenchmarkAgent(
            algorithm: "goal-search", variants: ["context": "none"], environment: "HalfCheetah-Vel", seeds: 2,
            replayRows: 500, catalogue: AlgorithmCatalogue([GoalSearchConfiguration.self]))
        let backend = try CPUBackend(threads: 1)
        let result = try StepBenchmark.run(agent, seconds: 0.1, backend: backend)
        #expect(result.json["algorithm"] == "goal-search" && result.json["context"] == "none")
        #expect(result.json["critic"] == nil && result.batch == 3 * 2 * 8 && result.step.median > 0)
        let loop = try LoopBenchmark(agent, seconds: 0.05, backend: backend, pool: backend.pool)
        #expect(loop.loop.median > loop.update.median && loop.text.hasPrefix("goal-search none on HalfCheetah-Vel"))
    }

    @Test func aTraceHoldsEveryLaunchInsideItsRun() throws {
        let result = try measure()
        let json = try JSONValue(parsing: Array(ChromeTrace.json(result.runs, device: result.device).jsonText.utf8))
        let slices = try #require(json["traceEvents"]?.asArray).filter { $0["ph"] == "X" }
        #expect(slices.count == result.runs.reduce(0) { $0 + 1 + $1.timings.count })
        #expect(slices.count > 60)
        var end = 0.0
        for slice in slices {
            let start = try #require(slice["ts"]?.asDouble)
            let duration = try #require(slice["dur"]?.asDouble)
            #expect(start >= 0 && duration >= 0)
            if slice["cat"] == "program" {
                end = start + duration
            } else {
                // Numbers are rounded to nanoseconds.
                #expect(start + duration <= end + 0.01)
                #expect(slice["name"]?.asString?.isEmpty == false)
            }
        }
    }

    @Test func nothingIsKeptUnlessAskedFor() throws {
        let backend = RecordingBackend(try CPUBackend(threads: 1))
        var layout = StateLayout()
        let variable = try layout.addVariable("x", TensorType(.float32, [4]))
        let state = try backend.makeState(layout)
        try state.write([1, 2, 3, 4] as [Float], to: variable)
        let program = try backend.compile(
            Program.trace("double") { trace in
                trace.phase("twice") { trace.output("y", trace.read(variable) * 2) }
            }, state: state)
        try program.run()
        #expect(try program.output(0) == [2, 4, 6, 8])
        #expect(backend.takeRuns().isEmpty)
        backend.isRecording = true
        try state.write([5, 2, 3, 4] as [Float], to: variable)
        try program.run()
        #expect(try program.output(0) == [10, 4, 6, 8])
        let runs = backend.takeRuns()
        #expect(runs.count == 1 && backend.takeRuns().isEmpty)
        let run = try #require(runs.first)
        #expect(run.timings.count == 1 && run.timings.allSatisfy { $0.seconds >= 0 })
        let times = PhaseTimes(runs, wall: 1)
        #expect(times.phases.map(\.name) == ["twice", "host"])
        #expect(abs(times.total.seconds - 1) < 1e-9)
    }

    @Test func mergedPhasesAreNamedAsMerged() throws {
        let backend = RecordingBackend(try CPUBackend(threads: 1))
        var layout = StateLayout()
        let variable = try layout.addVariable("x", TensorType(.float32, [4]))
        let state = try backend.makeState(layout)
        let program = try backend.compile(
            Program.trace("merged") { trace in
                let y = trace.phase("first") { trace.read(variable) * 2 }
                trace.output("z", trace.phase("second") { y + 1 })
            }, state: state)
        backend.isRecording = true
        try program.run()
        #expect(PhaseTimes(backend.takeRuns(), wall: 0).phases.map(\.name) == ["first + second", "host"])
    }
}
