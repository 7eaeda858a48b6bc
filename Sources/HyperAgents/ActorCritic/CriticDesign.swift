import HyperModels

/// A kind of critic with the sizes of its networks: what describes one without an algorithm that trains it.
public struct CriticDesign: Hashable, Sendable {
    public let kind: CriticKind
    /// Of a hypernetwork.
    public var architecture = HyperNetwork.Architecture()
    /// Of any other critic.
    public var baseline = BaselineArchitecture()

    public init(_ kind: CriticKind) { self.kind = kind }

    public func makeCritic(stateSize: Int, actionSize: Int) -> any Critic {
        kind.makeCritic(
            stateSize: stateSize, actionSize: actionSize, architecture: architecture, baseline: baseline)
    }
}

extension CriticDesign: Configurable {
    public static var settings: [Setting<CriticDesign>] {
        Setting.criticNetwork(critic: \.kind, hyper: \.architecture, baseline: \.baseline)
    }

    /// - Throws: `SettingError.conflict` if no critic of this kind can be made so.
    public func validate() throws(SettingError) {
        // How large batches are decides who trains it.
        try kind.validate(architecture, batchSize: .max)
    }
}
