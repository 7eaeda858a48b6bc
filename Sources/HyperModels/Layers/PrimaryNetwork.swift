import HyperTensor

/// A pre-activation residual layer, x + second(relu(first(relu(x)))).
public struct Residual: Sendable {
    let first: Linear
    let second: Linear

    init(_ name: String, width: Int, in list: inout ParameterList, initialization: LayerInitialization) {
        first = Linear(
            "\(name).first", inputSize: width, outputSize: width, in: &list, initialization: initialization)
        second = Linear(
            "\(name).second", inputSize: width, outputSize: width, in: &list, initialization: initialization)
    }

    /// - Parameter x: `[seeds, members, batch, width]`; the result has its shape.
    public func callAsFunction(_ x: Tensor, _ parameters: Parameters) -> Tensor {
        x + second(first(x.relu(), parameters).relu(), parameters)
    }
}

/// The hypernetwork's ResNet w(z): from the meta variable to the latent that the heads read (paper §D.1).
///
/// Block b: Linear(previous width → width), then two residual layers of that width; no activation after a block.
public struct PrimaryNetwork: Sendable {
    private let blocks: [(input: Linear, residuals: [Residual])]
    /// The width of the last block.
    public let latentSize: Int

    /// - Parameters:
    ///   - metaSize: Size of the meta variable.
    ///   - widths: Width of each block, at least one; the paper's are 256, 512, 1024.
    ///   - initialization: Of all layers.
    public init(
        metaSize: Int, widths: [Int], residualsPerBlock: Int, initialization: LayerInitialization,
        in list: inout ParameterList
    ) {
        var blocks: [(input: Linear, residuals: [Residual])] = []
        var size = metaSize
        for (index, width) in widths.enumerated() {
            let name = "primary.\(index + 1)"
            let input = Linear(
                "\(name).input", inputSize: size, outputSize: width, in: &list, initialization: initialization)
            let residuals = (1...residualsPerBlock).map {
                Residual("\(name).residual.\($0)", width: width, in: &list, initialization: initialization)
            }
            blocks.append((input, residuals))
            size = width
        }
        self.blocks = blocks
        latentSize = size
    }

    /// - Parameter meta: `[seeds, members, batch, metaSize]`.
    /// - Returns: The latent, `[seeds, members, batch, latentSize]`.
    public func callAsFunction(_ meta: Tensor, _ parameters: Parameters) -> Tensor {
        var value = meta
        for block in blocks {
            value = block.input(value, parameters)
            for residual in block.residuals { value = residual(value, parameters) }
        }
        return value
    }
}
