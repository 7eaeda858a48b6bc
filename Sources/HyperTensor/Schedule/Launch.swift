import HyperRandom

/// One kernel call of a schedule. Shapes are those of the operands' views.
public enum Launch: Hashable, Sendable {
    /// `output[i] = kernel(inputs[i]…)` over the output's view; all views have its shape. A kernel with float32 registers has float32
    /// operands, or copies int32 with the identity kernel; one with float64 registers has operands of any type.
    case elementwise(ElementwiseKernel, inputs: [Operand], output: Operand)
    /// `output[o, i] = ⊕ᵣ input[o, r, i]`; both contiguous (the input from its view's offset).
    case reduce(Reduction, outer: Int, reduce: Int, inner: Int, input: Operand, output: Operand)
    /// `output[o, i] = Σᵣ input[o, r, i]` of float64; both contiguous (the input from its view's offset).
    case wideSum(outer: Int, reduce: Int, inner: Int, input: Operand, output: Operand)
    /// `output[r, p] = Σ left[r, i] · right[r, i]` over the i of piece p, float64 of float32; all contiguous.
    case dot(DotShape, left: Operand, right: Operand, output: Operand)
    /// `output[b, m, n] = epilogue(Σₖ left[b, m, k] · right[b, k, n], epilogueInputs[b, m, n]…)`.
    case matmul(MatmulLaunch)
    /// `output[r, b, :] = table[r, indices[r, b], :]`, all contiguous.
    case gather(RowsShape, table: Operand, indices: Operand, output: Operand)
    /// `output = 0; output[r, indices[r, b], :] += updates[r, b, :]`, b ascending; all contiguous.
    case scatterAdd(RowsShape, updates: Operand, indices: Operand, output: Operand)
    /// `table[r, indices[r, b], :] = rows[r, b, :]`; all contiguous.
    case assignRows(RowsShape, rows: Operand, indices: Operand, table: Revision)
    /// Output contiguous `[keys, lanes]`; one substream for each key, 0 without.
    case random(
        Distribution, stream: Stream, seeds: Operand, step: Operand, bounds: Operand?, substreams: Operand?,
        output: Operand)
    case adam(AdamLaunch)
    case softUpdate(SoftUpdateLaunch)
}

/// A variable before and after a launch that changes it in place: two values at one place.
public struct Revision: Hashable, Sendable {
    public var before: ValueID
    public var after: ValueID

    public init(before: ValueID, after: ValueID) {
        self.before = before
        self.after = after
    }
}

/// A batched matrix product. Views have rank `batch + 2`: left `[b…, m, k]`, right `[b…, k, n]`, epilogue inputs and
/// output `[b…, m, n]`; a stored transpose shows as exchanged strides. Of a left or right view's last two strides at
/// least one is 1 (or its axis has size 1). The output is contiguous.
public struct MatmulLaunch: Hashable, Sendable {
    public var left: Operand
    public var right: Operand
    public var output: Operand
    /// `max(left, 0)` is read in place of the left operand.
    public var rectifiesLeft = false
    /// `max(right, 0)` is read in place of the right operand.
    public var rectifiesRight = false
    /// Register 0 is the product, the rest are the epilogue inputs; nil stores the product.
    public var epilogue: ElementwiseKernel?
    public var epilogueInputs: [Operand]
    /// The product is the gradient of a parameter, which is the output and takes this step; there is no epilogue then.
    public var step: ParameterStep? = nil

    public var batch: [Int] { Array(output.view.shape.dropLast(2)) }
    public var m: Int { output.view.shape[output.view.shape.count - 2] }
    public var n: Int { output.view.shape[output.view.shape.count - 1] }
    public var k: Int { left.view.shape[left.view.shape.count - 1] }
}

/// The numbers of Adam that do not change from step to step; `AdamUpdate` has the equations.
public struct AdamRule: Hashable, Sendable {
    public let beta1: Double
    public let beta2: Double
    public let epsilon: Double

    init(_ update: AdamUpdate) {
        beta1 = update.beta1
        beta2 = update.beta2
        epsilon = update.epsilon
    }
}

/// One parameter of an optimiser with its moments.
public struct AdamRevision: Hashable, Sendable {
    public var parameter: Revision
    public var firstMoment: Revision
    public var secondMoment: Revision

    public var all: [Revision] { [parameter, firstMoment, secondMoment] }
}

/// A step of Adam over parameters whose gradients lie in memory.
public struct AdamLaunch: Hashable, Sendable {
    public var rule: AdamRule
    public var parameters: [AdamRevision]
    /// Contiguous, in the order of the parameters.
    public var gradients: [Operand]
    /// `[2]`, as `AdamUpdate` has it.
    public var scale: Operand
}

/// `target ← target + rate · (source − target)` for each pair.
public struct SoftUpdateLaunch: Hashable, Sendable {
    public var targets: [Revision]
    /// Whole variables.
    public var sources: [Operand]
    public var rate: Double
}

/// The step of Adam that a product brings as a gradient; the parameter after it is the product's output.
public struct ParameterStep: Hashable, Sendable {
    public var rule: AdamRule
    public var parameter: AdamRevision
    /// `[2]`, as `AdamUpdate` has it.
    public var scale: Operand
    /// Of the parameter's target, after the step.
    public var target: Revision?
    public var targetRate: Double
}

/// Sizes of ops on indexed rows: `replicas` tables of `tableRows` rows of `width`; `rows` indices for each.
public struct RowsShape: Hashable, Sendable {
    public let replicas: Int
    public let tableRows: Int
    public let rows: Int
    public let width: Int
}

/// Rows of a dot product, cut into pieces that follow from the length alone; the pieces' sums are added by a `wideSum`.
public struct DotShape: Hashable, Sendable {
    public let rows: Int
    /// Elements of a row, at least 1.
    public let length: Int

    /// Elements of each piece but the last of a row.
    public static let pieceLength = 4096

    /// Pieces of a row.
    public var pieces: Int { (length + Self.pieceLength - 1) / Self.pieceLength }
}
