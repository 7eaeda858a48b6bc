import HyperRandom

/// The position of a value in its schedule.
public typealias ValueID = Int

/// Where the memory of a value lies.
public enum Storage: Hashable, Sendable {
    /// The program input at this position, contiguous.
    case input(Int)
    /// Numbers known at trace time, contiguous.
    case constant([Double])
    /// A state variable, in place.
    case variable(Variable)
    /// A part of the scratch arena, in elements from its beginning; contiguous.
    case scratch(offset: Int)
}

/// A tensor in memory that launches read and write.
public struct Value: Hashable, Sendable {
    public let type: TensorType
    public internal(set) var storage: Storage
}

/// A value as one launch sees it.
public struct Operand: Hashable, Sendable {
    public var value: ValueID
    public var view: View

    public init(value: ValueID, view: View) {
        self.value = value
        self.view = view
    }
}

/// A small register program, run for each element: registers `0 ..< inputCount` are loaded, instruction `i` writes
/// register `inputCount + i`.
public struct ElementwiseKernel: Hashable, Sendable {
    public enum Instruction: Hashable, Sendable {
        case constant(Float)
        case unary(Unary, Int)
        case binary(Binary, Int, Int)
        case select(mask: Int, whenTrue: Int, whenFalse: Int)
    }

    public var inputCount: Int
    public var instructions: [Instruction]
    /// The register that is stored.
    public var output: Int

    /// Copies its only input.
    public static let identity = ElementwiseKernel(inputCount: 1, instructions: [], output: 0)

    /// Loads, instructions and the store never exceed this many registers.
    public static let maximumRegisters = 48
}

/// One kernel call of a schedule. Shapes are those of the operands' views.
public enum Launch: Hashable, Sendable {
    /// `output[i] = kernel(inputs[i]…)` over the output's view; all views have its shape. Float32, or a plain copy of
    /// int32 with the identity kernel.
    case elementwise(ElementwiseKernel, inputs: [Operand], output: Operand)
    /// `output[o, i] = ⊕ᵣ input[o, r, i]`; both contiguous (the input from its view's offset).
    case reduce(Reduction, outer: Int, reduce: Int, inner: Int, input: Operand, output: Operand)
    /// `output[b, m, n] = epilogue(Σₖ left[b, m, k] · right[b, k, n], epilogueInputs[b, m, n]…)`.
    case matmul(MatmulLaunch)
    /// `output[r, b, :] = table[r, indices[r, b], :]`, all contiguous.
    case gather(RowsShape, table: Operand, indices: Operand, output: Operand)
    /// `output = 0; output[r, indices[r, b], :] += updates[r, b, :]`, b ascending; all contiguous.
    case scatterAdd(RowsShape, updates: Operand, indices: Operand, output: Operand)
    /// `variable[r, indices[r, b], :] = rows[r, b, :]`; all contiguous.
    case assignRows(RowsShape, rows: Operand, indices: Operand, output: Operand)
    /// Output contiguous `[seeds, lanes]`.
    case random(Distribution, stream: Stream, seeds: Operand, step: Operand, bounds: Operand?, output: Operand)
    /// Gradients contiguous, in the order of the update's parameters; `scale` `[2]`.
    case adam(AdamUpdate, gradients: [Operand], scale: Operand)
    case softUpdate(SoftUpdate)
}

/// A batched matrix product. Views have rank `batch + 2`: left `[b…, m, k]`, right `[b…, k, n]`, epilogue inputs and
/// output `[b…, m, n]`; a stored transpose shows as exchanged strides. Of a left or right view's last two strides at
/// least one is 1 (or its axis has size 1). The output is contiguous.
public struct MatmulLaunch: Hashable, Sendable {
    public var left: Operand
    public var right: Operand
    public var output: Operand
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

/// The step of Adam that a product brings as a gradient.
public struct ParameterStep: Hashable, Sendable {
    /// Of one parameter.
    public let update: AdamUpdate
    /// `[2]`, as in `Launch.adam`.
    public let scale: Operand
    /// Of the parameter's target, after the step.
    public let softUpdate: SoftUpdate?

    /// All that the step changes.
    public var variables: [Variable] { update.variables + (softUpdate?.targets ?? []) }
}

/// Sizes of ops on indexed rows: `replicas` tables of `tableRows` rows of `width`; `rows` indices for each.
public struct RowsShape: Hashable, Sendable {
    public let replicas: Int
    public let tableRows: Int
    public let rows: Int
    public let width: Int
}

/// A launch with the phases of the nodes it computes; several where fusion crossed phases.
public struct ScheduledLaunch: Hashable, Sendable {
    public let launch: Launch
    public let phases: [Phase]
}

/// A program as a list of kernel calls over planned memory: what a backend executes.
///
/// Passes have merged equal nodes, turned movement into views, fused elementwise ops with each other and into the
/// matmul before them, and shared scratch memory by lifetime.
public struct Schedule: Sendable {
    public let program: Program
    public internal(set) var values: [Value]
    public internal(set) var launches: [ScheduledLaunch]
    /// The value of each program output, contiguous, kept until the next run.
    public internal(set) var outputs: [ValueID]
    /// Float32-sized elements of scratch memory.
    public internal(set) var scratchCount: Int
}
