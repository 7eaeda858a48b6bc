import CSIMD
import HyperTensor

/// The instructions of an elementwise kernel with their registers placed in slots.
struct RegisterSlots {
    /// As the kernel's registers hold them.
    private(set) var constants: [Double] = []
    private(set) var instructions: [hr_instruction] = []
    private(set) var temporaries = 0
    /// The slot that is stored.
    private(set) var output = 0
    private let inputCount: Int

    /// Slots in all.
    var count: Int { inputCount + constants.count + temporaries }

    init(_ kernel: ElementwiseKernel) {
        inputCount = kernel.inputCount
        func rounded(_ value: Double) -> Double { kernel.registers == .float32 ? Double(Float(value)) : value }
        var lastUse = [Int](repeating: -1, count: kernel.inputCount + kernel.instructions.count)
        for (index, instruction) in kernel.instructions.enumerated() {
            for register in instruction.operands { lastUse[register] = index }
            if case .constant(let value) = instruction,
                !constants.contains(where: { $0.bitPattern == rounded(value).bitPattern })
            {
                constants.append(rounded(value))
            }
        }
        lastUse[kernel.output] = Int.max

        let firstTemporary = kernel.inputCount + constants.count
        var slot = Array(0..<kernel.inputCount)
        var free: [Int] = []
        for (index, instruction) in kernel.instructions.enumerated() {
            if case .constant(let value) = instruction {
                let position = constants.firstIndex { $0.bitPattern == rounded(value).bitPattern } ?? 0
                slot.append(kernel.inputCount + position)
                continue
            }
            // An operand that dies here gives its slot to the result: each vector is read before it is written.
            for register in Set(instruction.operands)
            where lastUse[register] == index && slot[register] >= firstTemporary {
                free.append(slot[register])
            }
            let result: Int
            if let reused = free.popLast() {
                result = reused
            } else {
                result = firstTemporary + temporaries
                temporaries += 1
            }
            slot.append(result)
            let operands = instruction.operands.map { UInt8(slot[$0]) }
            instructions.append(
                hr_instruction(
                    opcode: UInt8(instruction.opcode), result: UInt8(result), a: operands[0],
                    b: operands.count > 1 ? operands[1] : operands[0], c: operands.count > 2 ? operands[2] : operands[0]
                ))
            if lastUse[kernel.inputCount + index] == -1 { free.append(result) }
        }
        output = slot[kernel.output]
    }
}

extension ElementwiseKernel {
    /// Rough cost of one element, in additions.
    var cost: Int {
        instructions.reduce(0) { sum, instruction in
            switch instruction {
            case .constant: return sum
            case .unary(let function, _):
                switch function {
                case .exp, .log, .tanh, .sigmoid, .softplus: return sum + 8
                case .sqrt, .reciprocal: return sum + 4
                case .negate, .abs, .sign, .square, .floor, .relu, .isFinite: return sum + 1
                }
            case .binary, .select: return sum + 1
            }
        }
    }
}

extension ElementwiseKernel.Instruction {
    /// The registers that the instruction reads.
    var operands: [Int] {
        switch self {
        case .constant: return []
        case .unary(_, let operand): return [operand]
        case .binary(_, let left, let right): return [left, right]
        case .select(let mask, let whenTrue, let whenFalse): return [mask, whenTrue, whenFalse]
        }
    }

    fileprivate var opcode: UInt32 {
        switch self {
        case .constant: preconditionFailure("RegisterSlots: a constant is a slot, not an instruction")
        case .unary(let function, _): return function.opcode.rawValue
        case .binary(let function, _, _): return function.opcode.rawValue
        case .select: return HR_SELECT.rawValue
        }
    }
}

extension Unary {
    fileprivate var opcode: hr_opcode {
        switch self {
        case .negate: return HR_NEGATE
        case .exp: return HR_EXP
        case .log: return HR_LOG
        case .sqrt: return HR_SQRT
        case .reciprocal: return HR_RECIPROCAL
        case .tanh: return HR_TANH
        case .sigmoid: return HR_SIGMOID
        case .softplus: return HR_SOFTPLUS
        case .abs: return HR_ABS
        case .sign: return HR_SIGN
        case .square: return HR_SQUARE
        case .floor: return HR_FLOOR
        case .relu: return HR_RELU
        case .isFinite: return HR_IS_FINITE
        }
    }
}

extension Binary {
    fileprivate var opcode: hr_opcode {
        switch self {
        case .add: return HR_ADD
        case .subtract: return HR_SUBTRACT
        case .multiply: return HR_MULTIPLY
        case .divide: return HR_DIVIDE
        case .maximum: return HR_MAXIMUM
        case .minimum: return HR_MINIMUM
        case .less: return HR_LESS
        case .lessOrEqual: return HR_LESS_OR_EQUAL
        case .equal: return HR_EQUAL
        }
    }
}
