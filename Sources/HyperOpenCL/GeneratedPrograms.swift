import HyperTensor

/// The elementwise programs of a schedule as OpenCL C: the text of programs.cl for its kernels.
struct GeneratedPrograms {
    private var numbers: [ElementwiseKernel: Int] = [:]
    private var functions: [String] = []
    private var cases: [String] = []
    /// Whether register 0 is the kernel's own `value` (a product), and inputs count from register 1.
    private let followsProduct: Bool
    /// The largest rank of a part.
    private var rank = 1

    init(followsProduct: Bool) { self.followsProduct = followsProduct }

    /// The number of a program, added if it is new; 0 for one that changes nothing.
    mutating func number(of kernel: ElementwiseKernel?, rank: Int = 1) -> Int {
        self.rank = max(self.rank, rank)
        guard let kernel, !kernel.changesNothing else { return 0 }
        if let known = numbers[kernel] { return known }
        let number = numbers.count + 1
        numbers[kernel] = number
        functions.append(Self.function(kernel, named: "program_\(number)"))
        let loaded = followsProduct ? kernel.inputCount - 1 : kernel.inputCount
        let arguments = (followsProduct ? ["value"] : []) + (0..<loaded).map { "LOAD(\($0))" }
        cases.append("case \(number): value = program_\(number)(\(arguments.joined(separator: ", "))); break;")
        return number
    }

    /// The text that stands in for programs.cl.
    var source: String {
        functions.joined(separator: "\n") + "\n#define PROGRAM_CASES " + cases.joined(separator: " \\\n")
            + "\n#define AXES \(rank)\n"
    }

    private static func function(_ kernel: ElementwiseKernel, named name: String) -> String {
        let isWide = kernel.registers == .float64
        let type = isWide ? "wide" : "float"
        let parameters =
            kernel.inputCount == 0 ? "void" : (0..<kernel.inputCount).map { "\(type) r\($0)" }.joined(separator: ", ")
        var lines = ["static \(type) \(name)(\(parameters)) {"]
        for (index, instruction) in kernel.instructions.enumerated() {
            let expression = isWide ? instruction.wideExpression : expression(instruction)
            lines.append("    const \(type) r\(kernel.inputCount + index) = \(expression);")
        }
        lines.append("    return r\(kernel.output);")
        return (lines + ["}"]).joined(separator: "\n")
    }

    private static func expression(_ instruction: ElementwiseKernel.Instruction) -> String {
        switch instruction {
        // The bits, so that no digit is lost and infinities have a spelling.
        case .constant(let value): return "as_float(0x\(String(Float(value).bitPattern, radix: 16))u)"
        case .unary(let function, let register): return expression(function, "r\(register)")
        case .binary(let function, let left, let right): return expression(function, "r\(left)", "r\(right)")
        case .select(let mask, let whenTrue, let whenFalse): return "r\(mask) != 0.0f ? r\(whenTrue) : r\(whenFalse)"
        }
    }

    private static func expression(_ function: Unary, _ x: String) -> String {
        switch function {
        case .negate: return "-\(x)"
        case .exp: return "exp(\(x))"
        case .log: return "log(\(x))"
        case .sqrt: return "sqrt(\(x))"
        case .reciprocal: return "1.0f / \(x)"
        case .tanh: return "tanh(\(x))"
        case .sigmoid: return "f_sigmoid(\(x))"
        case .softplus: return "f_softplus(\(x))"
        case .abs: return "fabs(\(x))"
        case .sign: return "f_sign(\(x))"
        case .square: return "\(x) * \(x)"
        case .floor: return "floor(\(x))"
        case .relu: return "f_relu(\(x))"
        case .isFinite: return "f_is_finite(\(x))"
        }
    }

    private static func expression(_ function: Binary, _ a: String, _ b: String) -> String {
        switch function {
        case .add: return "\(a) + \(b)"
        case .subtract: return "\(a) - \(b)"
        case .multiply: return "\(a) * \(b)"
        case .divide: return "\(a) / \(b)"
        case .maximum: return "f_maximum(\(a), \(b))"
        case .minimum: return "f_minimum(\(a), \(b))"
        case .less: return "\(a) < \(b) ? 1.0f : 0.0f"
        case .lessOrEqual: return "\(a) <= \(b) ? 1.0f : 0.0f"
        case .equal: return "\(a) == \(b) ? 1.0f : 0.0f"
        }
    }
}

extension ElementwiseKernel {
    /// Whether the stored register is the only input.
    fileprivate var changesNothing: Bool { inputCount == 1 && instructions.isEmpty }
}
