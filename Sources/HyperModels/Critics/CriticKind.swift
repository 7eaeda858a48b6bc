/// The critics that can be asked for by name (paper §5.2, §D.4). docs/critics.md draws them.
public enum CriticKind: String, Hashable, Sendable, CaseIterable {
    case saHyper = "sa-hyper"
    case asHyper = "as-hyper"
    case embHyper = "emb-hyper"
    case mlpStandard = "mlp-standard"
    case mlpSmall = "mlp-small"
    case mlpLarge = "mlp-large"
    case resNetFeatures = "resnet-features"
    case resNet35 = "resnet35"
    case qD2RL = "q-d2rl"

    /// One line for lists and help.
    public var summary: String {
        switch self {
        case .saHyper: "hypernetwork: meta = state, base = action; the paper's model"
        case .asHyper: "hypernetwork: meta = action, base = state"
        case .embHyper: "hypernetwork: meta = a learned embedding of size 5, base = (state, action)"
        case .mlpStandard: "(state, action) -> 256 -> 256 -> 1, ReLU"
        case .mlpSmall: "(state, action) -> 256 -> 1, ReLU"
        case .mlpLarge: "(state, action) -> 2900 -> 2900 -> 1, ReLU"
        case .resNetFeatures: "10 state features from a primary network; (features, action) -> 256 -> 1, ReLU"
        case .resNet35: "(state, action) -> 256, 35 residual blocks of 256, ReLU -> 1"
        case .qD2RL: "4 hidden layers of 256; (state, action) joins the input of the last three"
        }
    }

    /// Whether its weights are generated: the paper trains it with the hypernetworks' learning rates.
    public var isHyperNetwork: Bool {
        switch self {
        case .saHyper, .asHyper, .embHyper: true
        case .mlpStandard, .mlpSmall, .mlpLarge, .resNetFeatures, .resNet35, .qD2RL: false
        }
    }

    /// Whether it has a primary network (`PrimaryArchitecture`).
    public var hasPrimaryNetwork: Bool { isHyperNetwork || self == .resNetFeatures }

    /// - Parameters:
    ///   - architecture: Of hypernetworks; its primary network also is resnet-features'.
    ///   - baseline: Of all others.
    public func makeCritic(
        stateSize: Int, actionSize: Int, architecture: HyperNetwork.Architecture = .init(),
        baseline: BaselineArchitecture = .init()
    ) -> any Critic {
        func mlp(_ hiddenSizes: [Int]) -> MLPCritic {
            MLPCritic(
                stateSize: stateSize, actionSize: actionSize, hiddenSizes: hiddenSizes,
                initialization: baseline.initialization)
        }
        switch self {
        case .saHyper:
            return SAHyperCritic(stateSize: stateSize, actionSize: actionSize, architecture: architecture)
        case .asHyper:
            return ASHyperCritic(stateSize: stateSize, actionSize: actionSize, architecture: architecture)
        case .embHyper:
            return EmbHyperCritic(stateSize: stateSize, actionSize: actionSize, architecture: architecture)
        case .mlpStandard: return mlp([baseline.hiddenSize, baseline.hiddenSize])
        case .mlpSmall: return mlp([baseline.hiddenSize])
        case .mlpLarge: return mlp([baseline.largeHiddenSize, baseline.largeHiddenSize])
        case .resNetFeatures:
            return ResNetFeaturesCritic(
                stateSize: stateSize, actionSize: actionSize, primary: architecture.primary, baseline: baseline)
        case .resNet35: return ResNetCritic(stateSize: stateSize, actionSize: actionSize, baseline: baseline)
        case .qD2RL: return D2RLCritic(stateSize: stateSize, actionSize: actionSize, baseline: baseline)
        }
    }
}
