import HyperTensor

/// A hypernetwork's w(z) without its heads: from the meta variable to the latent that the heads read (paper §D.1, §D.2).
///
/// Stage b: Linear(previous width → width), then blocks of that width. In a ResNet nothing stands between the stages or
/// after the last, as in the paper; plain and dense networks have an activation there, because two linear layers in a row
/// would be one.
public struct PrimaryNetwork: Sendable {
    private struct Stage: Sendable {
        /// Before the stage's first layer.
        let norm: BatchNorm?
        let input: Linear
        let blocks: [PreactivationBlock]
    }

    private let stages: [Stage]
    private let lastNorm: BatchNorm?
    private let architecture: PrimaryArchitecture
    /// The width of the last stage.
    public let latentSize: Int

    /// - Parameters:
    ///   - metaSize: Size of the meta variable.
    ///   - initialization: Of all layers.
    public init(
        metaSize: Int, architecture: PrimaryArchitecture, initialization: LayerInitialization,
        in list: inout ParameterList
    ) {
        precondition(architecture.problem == nil, architecture.problem ?? "")
        // In a ResNet the sums and the latent are not normalised, so their layers keep their biases.
        let hasNorms = architecture.normalization == .batch && architecture.kind != .resnet
        var stages: [Stage] = []
        var size = metaSize
        for (index, stage) in architecture.stages.enumerated() {
            let name = "primary.\(index + 1)"
            let norm = hasNorms && index > 0 ? BatchNorm("\(name).input_norm", width: size, in: &list) : nil
            let isDense = architecture.kind == .dense && stage.blocks > 0
            let first = isDense ? stage.width - stage.width / 2 : stage.width
            let input = Linear(
                "\(name).input", inputSize: size, outputSize: first, in: &list, initialization: initialization,
                normalization: architecture.normalization, hasBias: !hasNorms)
            let blocks = Self.blocks(
                name, stage, architecture, initialization, hasOutputBiases: !hasNorms, in: &list)
            stages.append(Stage(norm: norm, input: input, blocks: blocks))
            size = stage.width
        }
        lastNorm = hasNorms ? BatchNorm("primary.norm", width: size, in: &list) : nil
        self.stages = stages
        self.architecture = architecture
        latentSize = size
    }

    private static func blocks(
        _ name: String, _ stage: (width: Int, blocks: Int), _ architecture: PrimaryArchitecture,
        _ initialization: LayerInitialization, hasOutputBiases: Bool, in list: inout ParameterList
    ) -> [PreactivationBlock] {
        let growth = PrimaryArchitecture.denseGrowth(width: stage.width, blocks: stage.blocks)
        var width = stage.width - stage.width / 2
        return (0..<stage.blocks).map { block in
            func make(_ kind: String, _ width: Int, _ outputs: Int, _ join: PreactivationBlock.Join)
                -> PreactivationBlock
            {
                PreactivationBlock(
                    "\(name).\(kind).\(block + 1)", width: width, hidden: stage.width, outputs: outputs, join: join,
                    in: &list, initialization: initialization, activation: architecture.activation,
                    normalization: architecture.normalization, hasOutputBias: hasOutputBiases)
            }
            switch architecture.kind {
            case .resnet: return make("residual", stage.width, stage.width, .add)
            case .mlp: return make("plain", stage.width, stage.width, .replace)
            case .dense:
                defer { width += growth[block] }
                return make("dense", width, growth[block], .append)
            }
        }
    }

    /// - Parameter meta: `[seeds, members, batch, metaSize]`.
    /// - Returns: The latent, `[seeds, members, batch, latentSize]`.
    public func callAsFunction(_ meta: Tensor, _ parameters: Parameters) -> Tensor {
        func activated(_ value: Tensor, _ norm: BatchNorm?) -> Tensor {
            guard architecture.kind != .resnet else { return value }
            return architecture.activation(norm.map { $0(value, parameters) } ?? value)
        }
        var value = meta
        for (index, stage) in stages.enumerated() {
            value = stage.input(index == 0 ? value : activated(value, stage.norm), parameters)
            for block in stage.blocks { value = block(value, parameters) }
        }
        return activated(value, lastNorm)
    }
}
