/// Initialisation of a hypernetwork.
public enum HyperInitialization: String, Hashable, Sendable, CaseIterable {
    /// Primary weights U(−b, b) with b = factor/√fanIn (`HyperNetwork.Architecture.primaryFactor`); head weights
    /// U(−0.05, 0.05) for the first dynamic layer and U(−0.008, 0.008) for the second; head biases 0 (paper, §D.3).
    case ours
    /// PyTorch's default everywhere: U(−1/√fanIn, 1/√fanIn) for weights and biases.
    case pytorch
    /// Head weights 0 and head biases drawn as the base network's own weights and biases would be, so that at the start
    /// every sample gets the same, usual network; the primary network as in PyTorch (Bias-HyperInit, Beck et al. 2022,
    /// arXiv 2210.11348).
    case biasHyperInit = "bias-hyperinit"

    /// The layers of the primary network below its heads.
    ///
    /// - Parameter factor: Of `ours`.
    func primary(factor: Double) -> LayerInitialization {
        switch self {
        case .ours: .scaled(factor)
        case .pytorch, .biasHyperInit: .pytorch
        }
    }
}
