import HyperModels
import HyperRandom
import HyperTensor

/// One update of an algorithm as a function of state, a batch and noise, for one seed: what training draws from replay and random streams
/// is given. It is traced with the code that trains.
///
/// Names and shapes are those of files (docs/checkpoints.md): no axis of seeds, and no axes of size 1 that only programs need.
public protocol UpdateFunction {
    /// The algorithm's name.
    var algorithm: String { get }
    /// What an update reads and changes; variables are `[1, members, …]`.
    var layout: StateLayout { get }
    /// The batch and the noise.
    var inputs: [UpdateInput] { get }
    /// By what a checkpoint calls them, the counts of updates that an update follows from; it changes them.
    var counts: [String] { get }
    /// What a checkpoint holds of the algorithm beside state and counts.
    var unusedCheckpointNames: [String] { get }

    /// What an arena begins with where it is not given.
    func beginning(of arena: Arena) -> UpdateBeginning

    /// Traces an update.
    ///
    /// - Parameters:
    ///   - sizes: Of the inputs' named axes.
    ///   - counts: Updates done before, by the names in `counts`.
    func trace(sizes: [String: Int], after counts: [String: Int]) throws -> TracedUpdate
}

/// What an arena begins with where it is not given.
public enum UpdateBeginning: Sendable {
    /// It has to be given.
    case required
    case zero
    /// The values of another arena of the same layout.
    case copy(of: Arena)
}

/// A tensor that an update is given beside its state.
public struct UpdateInput: Sendable {
    public enum Axis: Hashable, Sendable {
        case size(Int)
        /// A size that the given tensors decide; equal wherever the name is.
        case named(String)
    }

    public enum Content: Hashable, Sendable {
        case numbers
        /// 0 or 1.
        case flags
        /// Standard normal noise; training draws it from this stream.
        case noise(Stream)
    }

    public let name: String
    public let axes: [Axis]
    public let content: Content

    public init(_ name: String, _ axes: [Axis], _ content: Content = .numbers) {
        self.name = name
        self.axes = axes
        self.content = content
    }

    public var isNoise: Bool { stream != nil }

    /// Where training draws it from; nil for what belongs to the batch.
    public var stream: Stream? {
        switch content {
        case .numbers, .flags: nil
        case .noise(let stream): stream
        }
    }

    /// The shape for these sizes of the named axes.
    public func shape(_ sizes: [String: Int]) throws -> Shape {
        Shape(
            try axes.map { axis in
                switch axis {
                case .size(let size): return size
                case .named(let name):
                    guard let size = sizes[name] else { throw TensorError("update: axis '\(name)' has no size") }
                    return size
                }
            })
    }
}

/// A traced update. The program's inputs are the function's and `hostInputs`; its outputs lie in files under `update.` and their names.
public struct TracedUpdate {
    public let program: Program
    /// Inputs that follow from the counts: the host's parts of the optimisers.
    public let hostInputs: [String: [Double]]
    /// Updates done afterwards.
    public let counts: [String: Int]

    /// - Parameter scales: The host's parts of the optimisers, by the names of their inputs.
    public init(_ program: Program, scales: [String: AdamOptimizer.Scale], counts: [String: Int]) {
        self.program = program
        hostInputs = scales.mapValues { [$0.rate, $0.secondCorrection] }
        self.counts = counts
    }
}
