import HyperBenchmarks
import HyperFormats
import HyperOpenCL

/// What `hyperbench tune` found, as far as it came.
struct TuningReport {
    /// Whole steps with some sizes.
    struct Steps {
        let tuning: KernelTuning
        /// By agent; fewer where something went wrong.
        var seconds: [Double] = []
        var problems: [String] = []
    }

    /// A candidate on the calls of a search.
    private struct Trial {
        let search: String
        let sizes: String
        /// On all calls of a step; nil if it must not be chosen.
        let seconds: Double?
        let problem: String?
    }

    private let device: OpenCLDevice
    private var trials: [Trial] = []
    /// By call of matmul: its shape, the fastest tiling, its seconds, and the seconds of today's tilings.
    private var calls: [(shape: String, tiling: String, seconds: Double, today: Double?)] = []
    /// The first is what is used without a table.
    var steps: [Steps] = []
    /// Candidates for which there was no time.
    var leftOut = 0

    init(device: OpenCLDevice) { self.device = device }

    /// Candidates that were measured.
    var measured: Int { trials.count + steps.count }

    /// The sizes with the fastest steps among those whose results were right, the agents' times multiplied.
    var chosen: Steps? {
        let count = steps.map(\.seconds.count).max() ?? 0
        return steps.filter { $0.problems.isEmpty && !$0.seconds.isEmpty && $0.seconds.count == count }
            .min { $0.seconds.reduce(1, *) < $1.seconds.reduce(1, *) }
    }

    /// Candidates with wrong results, a line for each.
    var wrong: [String] {
        trials.compactMap { trial in trial.problem.map { "\(trial.search) \(trial.sizes): \($0)" } }
            + steps.flatMap { steps in steps.problems.map { "whole steps: \($0)" } }
    }

    mutating func addTilings(_ tuner: CallTuner<[MatmulTiling]>) {
        add(tuner, "matmul") { $0.map(\.text).joined(separator: " | ") }
        let today = tuner.trials.first.flatMap { first in tuner.usable.first { $0.candidate == first.candidate } }
        for (index, call) in tuner.calls.enumerated() {
            guard let best = tuner.usable.min(by: { $0.seconds[index] < $1.seconds[index] }) else { continue }
            calls.append(
                (
                    call.shape, best.candidate.map(\.text).joined(separator: " | "), best.seconds[index],
                    today?.seconds[index]
                ))
        }
    }

    mutating func addGroups(_ tuner: CallTuner<KernelTuning>) {
        add(tuner, "other kernels") { "groups of \($0.groupSize), \($0.groupElements) elements each" }
    }

    private mutating func add<Candidate>(_ tuner: CallTuner<Candidate>, _ search: String, _ text: (Candidate) -> String)
    {
        for trial in tuner.trials {
            let sizes = text(trial.candidate)
            switch trial.outcome {
            case .seconds(let seconds):
                trials.append(Trial(search: search, sizes: sizes, seconds: tuner.secondsPerStep(seconds), problem: nil))
            case .wrong(let problems):
                trials.append(
                    Trial(search: search, sizes: sizes, seconds: nil, problem: "wrong result: \(problems.first ?? "")"))
            case .failed(let reason):
                trials.append(Trial(search: search, sizes: sizes, seconds: nil, problem: "failed: \(reason)"))
            }
        }
    }

    // MARK: Telling

    /// What is kept in the table beside the sizes: by what they were chosen.
    func measurement(of agents: [BenchmarkAgent]) -> JSONValue {
        func milliseconds(_ steps: Steps?) -> JSONValue {
            .array((steps?.seconds ?? []).map { .double(($0 * 1e6).rounded() / 1e3) })
        }
        return [
            "steps": .array(
                agents.map { .string("\($0.algorithm) \($0.label) on \($0.environment), seeds \($0.seeds)") }),
            "ms_per_step": milliseconds(chosen), "ms_per_step_with_defaults": milliseconds(steps.first),
            "candidates": .integer(measured), "candidates_left_out": .integer(leftOut),
            "candidates_not_usable": .integer(wrong.count),
        ]
    }

    func text(_ agents: [BenchmarkAgent]) -> String {
        var parts = ["\(device.name), \(device.platform), driver \(device.driver)\n"]
        var table = Table([("SEARCH", .left), ("SIZES", .left), ("µs A STEP", .right), ("CHECK", .left)])
        for trial in trials.sorted(by: { ($0.search, $0.seconds ?? .infinity) < ($1.search, $1.seconds ?? .infinity) })
        {
            table.add([
                trial.search, trial.sizes, trial.seconds.map { decimal($0 * 1e6, 1) } ?? "-",
                trial.problem == nil ? "agrees" : "NOT USABLE",
            ])
        }
        if !trials.isEmpty { parts.append(table.text) }
        if !calls.isEmpty {
            var table = Table([("CALL OF MATMUL", .left), ("BEST TILING", .left), ("µs", .right), ("TODAY µs", .right)])
            for call in calls {
                table.add([
                    call.shape, call.tiling, decimal(call.seconds * 1e6, 1),
                    call.today.map { decimal($0 * 1e6, 1) } ?? "-",
                ])
            }
            parts.append(table.text)
        }
        if !steps.isEmpty {
            var table = Table(
                [("WHOLE STEPS WITH", .left)] + agents.map { ("\($0.label) ms", .right) } + [("CHECK", .left)]
            )
            for (index, step) in steps.enumerated() {
                let times = agents.indices.map { $0 < step.seconds.count ? decimal(step.seconds[$0] * 1e3, 3) : "-" }
                let name = index == 0 ? "defaults" : "tuned, cut over k: \(step.tuning.split.text)"
                table.add([name] + times + [step.problems.isEmpty ? "agrees" : "NOT USABLE"])
            }
            parts.append(table.text)
        }
        if leftOut > 0 { parts.append("\(leftOut) candidates were left out, since the time was up.\n") }
        return parts.joined(separator: "\n")
    }
}
