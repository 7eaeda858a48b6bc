import HyperRandom
import HyperReference
import HyperTensor

/// Tells results that hang on rounding: near a jump of a function, or behind a difference of large numbers.
extension ProgramSpecimen {
    /// The results that are off by more than tolerated as soon as every operation rounds a little differently.
    ///
    /// The simplified program is the one that is disturbed, so that equal values stay equal; and it is compared with itself, so that
    /// what its simplification does wrong is no excuse.
    ///
    /// - Parameter rounding: The largest relative change of a result of one operation.
    func unstableResults(rounding: Double, _ tolerance: Tolerance) throws -> Set<String> {
        let calm = program.simplified()
        let expected = try interpreted(calm)
        var labels: Set<String> = []
        for sample in 0..<4 {
            let disturbed = try Self.disturbed(calm, rounding, UInt64(sample))
            for (got, expected) in zip(try interpreted(disturbed), expected) {
                if let found = got.disagreement(with: expected, tolerance) { labels.insert(found.label) }
            }
        }
        return labels
    }

    private static func disturbed(_ program: Program, _ rounding: Double, _ sample: UInt64) throws -> Program {
        var lane: UInt32 = 0
        return try ProgramDraft(program).program { step, operands, value in
            guard step.type.element != .int32, rounds(step.op) else { return value }
            let stream = RandomStream(seed: 0, stream: .probe)
            let changes = (0..<step.type.count).map { _ in
                lane += 1
                return rounding * (2 * Double(stream.uniform(step: sample, lane: lane)) - 1)
            }
            return value + magnitude(step, operands, value) * value.trace.constant(changes, step.type)
        }
    }

    /// What the rounding of a result is proportional to: sums whose terms cancel round at the size of the terms.
    private static func magnitude(_ step: ProgramDraft.Step, _ operands: [Tensor], _ value: Tensor) -> Tensor {
        switch step.op {
        case .matmul(let left, let right):
            return operands[0].magnitude().matmul(
                operands[1].magnitude(), transposeLeft: left, transposeRight: right)
        case .reduce(.sum, let axes): return operands[0].magnitude().sum(axes: axes)
        default: return value
        }
    }

    /// Whether a result of the op is rounded. Those of the others are numbers that were there before.
    private static func rounds(_ op: Op) -> Bool {
        switch op {
        case .unary(let function):
            switch function {
            case .exp, .log, .sqrt, .reciprocal, .tanh, .sigmoid, .softplus, .square: return true
            case .negate, .abs, .sign, .floor, .relu, .isFinite: return false
            }
        case .binary(let function):
            switch function {
            case .add, .subtract, .multiply, .divide: return true
            case .maximum, .minimum, .less, .lessOrEqual, .equal: return false
            }
        case .reduce(.sum, _), .dot, .matmul, .scatterAdd, .cast(.float32): return true
        case .reduce, .input, .constant, .read, .select, .cast, .broadcast, .reshape, .transpose, .slice, .pad,
            .concatenate,
            .gather, .random, .stopGradient, .assign, .assignRows, .adam, .softUpdate:
            return false
        }
    }
}
