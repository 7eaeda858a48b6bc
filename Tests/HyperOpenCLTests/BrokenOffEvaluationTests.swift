import Foundation
import HyperAgents
import HyperCPU
import HyperExperiments
import HyperFormats
import HyperParallel
import HyperReference
import HyperTensor
import Testing

@testable import HyperOpenCL

extension OpenCLTests {
    /// A run that was stopped in its last evaluation has nothing left to learn: the process that resumes it evaluates, looks at its
    /// numbers and saves, and never runs an update.
    @Suite struct BrokenOffEvaluationTests {
        private enum TestBackend: String, CaseIterable, CustomTestStringConvertible {
            case cpu, reference, opencl

            var testDescription: String { rawValue }

            func make() throws -> any Backend {
                switch self {
                case .cpu: try CPUBackend(threads: 1)
                case .reference: ReferenceBackend()
                case .opencl: try TestDevice.backend()
                }
            }
        }

        /// Ends a run at the second question of an evaluation after a step.
        private final class StoppingMonitor: RunMonitor {
            var lastStep: Int?
            private var step = 0
            private var questions = 0
            var warnings: [String] = []

            func runDidStep(_ step: Int, fraction: Double, latestReturn: Double?) {
                self.step = step
                questions = 0
            }

            func runShouldStop() -> Bool {
                questions += 1
                // The loop asks once before a step; what comes after belongs to the evaluation behind it.
                return step + 1 == lastStep && questions > 3
            }

            func runDidEvaluate(step: Int, mean: Double, standardDeviation: Double, seeds: Int) {}
            func runDidProbe(step: Int, summary: String) {}
            func runDidWarn(_ message: String) { warnings.append(message) }
        }

        private static let steps = 24
        private static let build = BuildIdentity(version: "test", commit: "none")

        /// Whether two tables hold the same texts, and numbers that differ by rounding alone.
        private static func agree(_ whole: String, _ cut: String) -> Bool {
            let cells = [whole, cut].map { $0.split { ",\n".contains($0) } }
            guard cells[0].count == cells[1].count, cells[0].count > 4 else { return false }
            return zip(cells[0], cells[1]).allSatisfy { ours, theirs in
                guard let a = Double(ours), let b = Double(theirs) else { return ours == theirs }
                return abs(a - b) <= 1e-3 * max(1, abs(a))
            }
        }

        @Test(arguments: TestBackend.allCases, AlgorithmCatalogue.standard.names)
        private func isMadeAgain(on backend: TestBackend, _ algorithm: String) throws {
            let folder = try TemporaryRuns()
            var configuration = RunConfiguration(
                algorithm: try #require(AlgorithmCatalogue.standard.named(algorithm)), environment: "Hopper-v2",
                variants: ["critic": "mlp-standard"], seeds: [0, 1], steps: Self.steps, evaluationInterval: Self.steps,
                evaluationEpisodes: 2, logInterval: 8)
            try configuration.agent.set([("random-steps", "6"), ("batch-size", "4")])
            if algorithm == "sac" { try configuration.agent.set("steps-before-updates", to: "6") }
            try configuration.agent.set([("actor.hidden-sizes", "8,8"), ("critic.hidden-size", "8")])

            func train(_ name: String, _ monitor: StoppingMonitor) throws -> TrainingRun.Outcome {
                try TrainingRun(
                    configuration, folder: RunFolder(creating: folder.file(name), overwrites: false),
                    backend: backend.make(), pool: WorkerPool(threads: 1), build: Self.build, monitor: monitor
                ).run()
            }
            #expect(try train("whole", StoppingMonitor()).isComplete)
            let monitor = StoppingMonitor()
            monitor.lastStep = Self.steps
            let outcome = try train("cut", monitor)
            #expect(!outcome.isComplete && outcome.savedStep == Self.steps, "not cut in the last evaluation")

            let plan = try ResumePlan(StoredRun(folder.file("cut")))
            let resumed = try TrainingRun(
                resuming: plan, backend: backend.make(), pool: WorkerPool(threads: 1), build: Self.build,
                monitor: monitor)
            monitor.lastStep = nil
            let end = try resumed.run()
            #expect(end.isComplete && end.stoppedSeeds.isEmpty, "\(end.stoppedSeeds)")
            #expect(monitor.warnings.isEmpty, "\(monitor.warnings)")
            for seed in 0...1 {
                let place = "\(algorithm)/Hopper-v2_\(seed)"
                let names = ["weights.safetensors", "evaluations.csv"].map { "\(place)/\($0)" }
                #expect(try folder.data("whole/\(names[0])") == folder.data("cut/\(names[0])"), "\(names[0])")
                let (whole, cut) = try (folder.text("whole/\(names[1])"), folder.text("cut/\(names[1])"))
                // The interpreter's state is in doubles and its checkpoint in float32: what it evaluates differs by rounding.
                #expect(backend == .reference ? Self.agree(whole, cut) : whole == cut, "\(names[1]): \(whole)\n\(cut)")
            }
        }
    }
}

/// A folder for runs; removed with the object.
private final class TemporaryRuns {
    private let path = NSTemporaryDirectory() + "hyperrl-broken-off-\(UUID().uuidString)"

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    func text(_ name: String) throws -> String { try String(contentsOfFile: file(name), encoding: .utf8) }

    func data(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: file(name))) }
}
