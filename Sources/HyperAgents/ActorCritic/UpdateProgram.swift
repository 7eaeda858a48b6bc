import HyperModels
import HyperTensor

/// What an update tells of each seed. The raw value names the program's output and the column of progress.csv; docs/metrics.md has the
/// equations.
public enum UpdateMetric: String, CaseIterable, Sendable {
    case criticLoss = "critic_loss"
    case actorLoss = "actor_loss"
    case valueMean = "value_mean"
    case entropy
    case entropyCoefficient = "entropy_coefficient"

    /// Whether a seed is stopped where it is not finite.
    var isLoss: Bool {
        switch self {
        case .criticLoss, .actorLoss: true
        case .valueMean, .entropy, .entropyCoefficient: false
        }
    }
}

/// The optimisers of an update, whose part on the host (`AdamOptimizer.scale`) is an input of its program. The raw value names it.
enum OptimizerInput: String, CaseIterable {
    case critic = "critic_scale"
    case actor = "actor_scale"
    case entropy = "entropy_scale"
}

extension Trace {
    /// The host's part of an optimiser's step, f32 `[2]`.
    func scale(of optimizer: OptimizerInput) -> Tensor { input(optimizer.rawValue, TensorType(.float32, [2])) }
}

/// A compiled update. Its inputs and outputs are found by name, once.
final class UpdateProgram {
    let program: any CompiledProgram
    /// The metrics that it has, in the order of its outputs.
    let metrics: [UpdateMetric]

    private let step: Int
    private let counts: Int
    /// By optimiser, the position of its input.
    private let scales: [OptimizerInput: Int]
    /// By metric, the position of its output.
    private let outputs: [UpdateMetric: Int]
    /// Whether this process has run it, so that there are outputs.
    private(set) var hasRun = false

    /// - Throws: `TensorError` if the program lacks an input of every update, or has an output that is no metric.
    init(_ program: Program, backend: any Backend, state: any StateStore) throws {
        func input(_ name: String) throws -> Int {
            guard let index = program.inputIndex(name) else {
                throw TensorError("update '\(program.name)' has no input '\(name)'")
            }
            return index
        }
        step = try input(UpdateFrame.stepInput)
        counts = try input(UpdateFrame.countsInput)
        scales = Dictionary(
            uniqueKeysWithValues: OptimizerInput.allCases.compactMap { optimizer in
                program.inputIndex(optimizer.rawValue).map { (optimizer, $0) }
            })
        metrics = try program.outputs.map { output in
            guard let metric = UpdateMetric(rawValue: output.name) else {
                throw TensorError("update '\(program.name)': output '\(output.name)' is no metric")
            }
            return metric
        }
        outputs = Dictionary(uniqueKeysWithValues: metrics.enumerated().map { ($1, $0) })
        self.program = try backend.compile(program, state: state)
    }

    /// Gives the host's part of an optimiser's step.
    func set(_ optimizer: OptimizerInput, _ scale: AdamOptimizer.Scale) throws {
        guard let index = scales[optimizer] else {
            preconditionFailure("update '\(program.program.name)' has no optimiser of \(optimizer.rawValue)")
        }
        try program.setPair(index, scale)
    }

    /// Runs the update of an environment step.
    func run(step: Int, drawingFrom replay: Replay) throws {
        try program.setStep(self.step, step)
        try program.setInput(counts, UnsafeRawBufferPointer(replay.counts))
        try program.run()
        hasRun = true
    }

    /// A metric of the latest run, `[seeds]`.
    func values(of metric: UpdateMetric) throws -> [Float] {
        guard let index = outputs[metric] else {
            preconditionFailure("update '\(program.program.name)' has no \(metric.rawValue)")
        }
        return try program.output(index)
    }
}
