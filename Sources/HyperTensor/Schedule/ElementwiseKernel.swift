/// A small register program, run for each element: registers `0 ..< inputCount` are loaded, instruction `i` writes
/// register `inputCount + i`.
///
/// All registers are of one type, masks too (1 or 0). Where that is float64, operands of any type are widened to it when they are
/// loaded, and the stored register becomes the output's type: int32 towards zero, float32 rounded. A cast is nothing but that.
public struct ElementwiseKernel: Hashable, Sendable {
    public enum Instruction: Hashable, Sendable {
        /// Rounded to the registers' type.
        case constant(Double)
        case unary(Unary, Int)
        case binary(Binary, Int, Int)
        case select(mask: Int, whenTrue: Int, whenFalse: Int)
    }

    public var inputCount: Int
    public var instructions: [Instruction]
    /// The register that is stored.
    public var output: Int
    /// The type of the registers: float32 or float64.
    public var registers: ElementType = .float32

    /// Copies its only input.
    public static let identity = ElementwiseKernel(inputCount: 1, instructions: [], output: 0)

    /// Copies float64, or casts.
    public static let wideIdentity = ElementwiseKernel(
        inputCount: 1, instructions: [], output: 0, registers: .float64)

    /// Copies the elements of its only input, which are of a type, without a change.
    public static func identity(of element: ElementType) -> ElementwiseKernel {
        element == .float64 ? wideIdentity : identity
    }

    /// Loads, instructions and the store never exceed this many registers.
    public static let maximumRegisters = 48
}

extension ElementwiseKernel {
    /// Registers in all.
    var registerCount: Int { inputCount + instructions.count }

    /// Whether there is room for ReLU on every input, which is float32.
    var canRectifyInputs: Bool { registers == .float32 && 2 * inputCount + instructions.count <= Self.maximumRegisters }

    /// The kernel with ReLU on an input before anything else.
    func rectifyingInput(_ input: Int) -> ElementwiseKernel {
        func moved(_ register: Int) -> Int {
            if register == input { return inputCount }
            return register < inputCount ? register : register + 1
        }
        var result = self
        result.instructions = [.unary(.relu, input)] + instructions.map { $0.withRegisters(moved) }
        result.output = moved(output)
        return result
    }
}

extension ElementwiseKernel.Instruction {
    /// The same operation on other registers.
    func withRegisters(_ moved: (Int) -> Int) -> ElementwiseKernel.Instruction {
        switch self {
        case .constant: return self
        case .unary(let function, let operand): return .unary(function, moved(operand))
        case .binary(let function, let left, let right): return .binary(function, moved(left), moved(right))
        case .select(let mask, let whenTrue, let whenFalse):
            return .select(mask: moved(mask), whenTrue: moved(whenTrue), whenFalse: moved(whenFalse))
        }
    }
}
