import HyperModels
import HyperTensor

/// A second-order gradient as meta-learners take it: parameters take a step down a task's loss, and the loss of what comes out is
/// differentiated by the parameters of before, through the step.
///
/// For a policy π_θ and tasks i with losses `Lᵢ(θ) = −Σ A log π_θ(a | s, c) / samples`, of separate samples inside and outside:
/// `Σᵢ Lᵢ(θ − α ∇Lᵢ(θ))`, its gradient, and a step of Adam.
public struct MetaGradient {
    /// How a program is made longer.
    public enum Growth: String, Sendable, CaseIterable {
        /// Tasks, each traced by itself: many chains side by side.
        case tasks
        /// Layers of the dynamic network, for a single task: one long chain.
        case layers
    }

    /// How the tasks are traced.
    public enum Tracing: Sendable {
        /// Each by itself.
        case oneByOne
        /// All at once, as members.
        case together
    }

    /// Sizes of the inputs.
    public struct Sizes: Hashable, Sendable {
        public var state: Int
        public var action: Int
        public var tasks: Int
        /// Of each task, inside as outside.
        public var samples: Int

        public init(state: Int, action: Int, tasks: Int, samples: Int) {
            (self.state, self.action, self.tasks, self.samples) = (state, action, tasks, samples)
        }
    }

    private static let contextSize = 1
    /// α.
    private static let innerRate = 0.1

    /// Parameters and moments.
    public let layout: StateLayout
    private let policy: GaussianPolicy
    private let optimizer: AdamOptimizer
    private let sizes: Sizes
    private let tracing: Tracing

    /// - Throws: `TensorError` if two arenas have one name.
    public init(_ architecture: GaussianPolicy.Architecture, _ sizes: Sizes, _ tracing: Tracing) throws {
        policy = GaussianPolicy(
            stateSize: sizes.state, contextSize: Self.contextSize, actionSize: sizes.action,
            architecture: architecture)
        var layout = StateLayout()
        let arenas = try NetworkArenas("policy", policy.parameters, seeds: 1, members: 1, in: &layout)
        optimizer = try AdamOptimizer(arenas.parameters, learningRate: 1e-3, in: &layout)
        self.layout = layout
        self.sizes = sizes
        self.tracing = tracing
    }

    /// Traces the program.
    public func program() throws -> Program {
        try Program.trace("meta gradient") { trace in
            let initial = optimizer.parameters.variables.map { trace.read($0) }
            let scale = trace.input("scale", TensorType(.float32, [2]))
            let (batches, members) = tracing == .together ? (1, sizes.tasks) : (sizes.tasks, 1)
            let losses = (0..<batches).map { index -> Tensor in
                func loss(_ part: String, _ values: [Tensor]) -> Tensor {
                    Batch("\(part)\(index)", sizes, members, trace).loss(of: policy, Parameters(values))
                }
                let before = initial.map { $0.broadcast(toMembers: members) }
                let gradients = trace.gradients(of: loss("inner", before), withRespectTo: before)
                return loss("outer", zip(before, gradients).map { $0 - $1 * Self.innerRate })
            }
            let loss = losses.dropFirst().reduce(losses[0], +)
            trace.output("loss", loss)
            optimizer.apply(trace.gradients(of: loss, withRespectTo: initial), scale: scale, in: trace)
        }
    }

    /// Names of the inputs of `productProgram` that change from product to product.
    public var directionNames: Set<String> { Set(optimizer.parameters.variables.indices.map { "direction\($0)" }) }

    /// The product of the loss's Hessian with a direction that is given, as a conjugate gradient asks for it again and again.
    public func productProgram() throws -> Program {
        try Program.trace("hessian product") { trace in
            let parameters = optimizer.parameters.variables.map { trace.read($0) }
            let directions = parameters.enumerated().map { trace.input("direction\($0.offset)", $0.element.type) }
            let values = parameters.map { $0.broadcast(toMembers: sizes.tasks) }
            let loss = Batch("product", sizes, sizes.tasks, trace).loss(of: policy, Parameters(values))
            let gradients = trace.gradients(of: loss, withRespectTo: parameters)
            let products = trace.jacobianVectorProducts(of: gradients, withRespectTo: parameters, tangents: directions)
            for (index, product) in products.enumerated() { trace.output("product\(index)", product) }
        }
    }

    /// That of a small hypernetwork.
    ///
    /// - Parameter count: Tasks or layers, by `growth`; at least 1.
    public init(_ growth: Growth, count: Int) throws {
        var architecture = GaussianPolicy.Architecture(.hyper)
        architecture.hyperNetwork.primary.widths = [8, 16]
        architecture.hyperNetwork.primary.blocks = 2
        architecture.hyperNetwork.hiddenSize = 16
        var sizes = Sizes(state: 5, action: 2, tasks: 1, samples: 24)
        switch growth {
        case .tasks: sizes.tasks = count
        case .layers:
            architecture.hyperNetwork.hidden = .init(repeating: architecture.hyperNetwork.hidden[0], count: count)
        }
        try self.init(architecture, sizes, .oneByOne)
    }

    /// How many tasks or layers make a program of about so many nodes as traced; at least 1.
    public static func count(_ growth: Growth, nodes: Int) throws -> Int {
        // Every task or layer adds the same nodes.
        let (two, three) = (
            try MetaGradient(growth, count: 2).program().nodes.count,
            try MetaGradient(growth, count: 3).program().nodes.count
        )
        let more = Double(nodes - two) / Double(three - two)
        return max(1, 2 + Int(more.rounded()))
    }
}

/// Samples of a task, or of several as members.
private struct Batch {
    let states: Tensor
    let contexts: Tensor
    let actions: Tensor
    let advantages: Tensor
    let samples: Int

    init(_ name: String, _ sizes: MetaGradient.Sizes, _ members: Int, _ trace: Trace) {
        func input(_ part: String, _ rows: Int, _ width: Int) -> Tensor {
            trace.input("\(name) \(part)", TensorType(.float32, [1, members, rows, width]))
        }
        states = input("states", sizes.samples, sizes.state)
        contexts = input("contexts", 1, 1)
        actions = input("actions", sizes.samples, sizes.action)
        advantages = input("advantages", sizes.samples, 1)
        samples = sizes.samples
    }

    /// The sum of the members' losses, `[]`.
    func loss(of policy: GaussianPolicy, _ values: Parameters) -> Tensor {
        let distribution = policy.distribution(states: states, contexts: contexts, values)
        let weighted = distribution.logProbability(of: actions) * advantages
        return weighted.sum(axes: [0, 1, 2, 3]).reshaped(to: []) * (-1 / Double(samples))
    }
}
