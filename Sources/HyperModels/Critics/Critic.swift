import HyperTensor

/// A network for action values Q(s, a).
public protocol Critic: Sendable {
    /// The parameters of one replica.
    var parameters: ParameterList { get }

    /// - Parameters:
    ///   - states: `[seeds, members, batch, stateSize]`.
    ///   - actions: `[seeds, members, batch, actionSize]`.
    ///   - values: The parameters' values, `[seeds, members, …]`.
    /// - Returns: Q, `[seeds, members, batch, 1]`.
    func callAsFunction(states: Tensor, actions: Tensor, _ values: Parameters) -> Tensor
}

/// Initialisation of the critics that are no hypernetworks.
public struct BaselineArchitecture: Hashable, Sendable {
    /// Of all layers.
    public var initialization = LayerInitialization.pytorch

    public init() {}
}

/// The critics that can be asked for by name (paper §5.2).
public enum CriticKind: String, Hashable, Sendable, CaseIterable {
    /// (state, action) → 256 → 256 → 1, ReLU.
    case mlpStandard = "mlp-standard"
    /// A hypernetwork whose meta variable is the state and whose base variable is the action.
    case saHyper = "sa-hyper"

    /// One line for lists and help.
    public var summary: String {
        switch self {
        case .mlpStandard: return "(state, action) -> 256 -> 256 -> 1, ReLU"
        case .saHyper: return "hypernetwork: meta = state, base = action; the paper's model"
        }
    }

    /// Whether the paper trains it with the hypernetworks' learning rates.
    public var isHyperNetwork: Bool {
        switch self {
        case .mlpStandard: return false
        case .saHyper: return true
        }
    }

    public func makeCritic(
        stateSize: Int, actionSize: Int, architecture: HyperNetwork.Architecture = .init(),
        baseline: BaselineArchitecture = .init()
    ) -> any Critic {
        switch self {
        case .mlpStandard:
            return MLPCritic(
                stateSize: stateSize, actionSize: actionSize, initialization: baseline.initialization)
        case .saHyper: return SAHyperCritic(stateSize: stateSize, actionSize: actionSize, architecture: architecture)
        }
    }
}
