import HyperReference
import HyperTensor
import Testing

@testable import HyperTestSupport

/// Planted mistakes are found, and what is left of the programs shows them.
@Suite struct ProgramShrinkerTests {
    /// An interpreter that is off by 1 in some ops.
    private static func wrong(_ isWrong: @escaping (Op) -> Bool) -> ProgramCheck {
        .exact("planted mistake") { specimen in
            let program = try ProgramDraft(specimen.program).program { step, _, value in
                isWrong(step.op) ? value + 1 : value
            }
            return try specimen.interpreted(program)
        }
    }

    private static func shrunk(_ seed: UInt32, _ check: ProgramCheck) throws -> ProgramSpecimen? {
        let specimen = try RandomProgram(seed: seed).specimen()
        guard try !check.disagreements(specimen).isEmpty else { return nil }
        return ProgramShrinker.shrink(specimen) { (try? check.disagreements($0).isEmpty) == false }
    }

    @Test(arguments: 0..<12) func aWrongOpIsLeftAlone(_ seed: UInt32) throws {
        let kinds: [Op.Kind] = [.binary(.multiply), .matmul, .reduce(.sum), .unary(.tanh)]
        for kind in kinds {
            let check = Self.wrong { $0.kind == kind }
            guard let small = try Self.shrunk(seed, check) else { continue }
            let program = small.program
            #expect(program.nodes.count <= 3, "\(program)")
            #expect(program.nodes.contains { $0.op.kind == kind }, "\(program)")
            #expect(program.outputs.count <= 1, "\(program)")
            #expect(try !check.disagreements(small).isEmpty)
        }
    }

    /// A mistake that needs an effect and a read behind it.
    @Test func whatIsNeededStays() throws {
        let check = ProgramCheck.exact("reads are old") { specimen in
            var held: Set<Variable> = []
            let program = try ProgramDraft(specimen.program).program { step, _, value in
                held.formUnion(step.op.assignedVariables)
                if case .read(let variable) = step.op, held.contains(variable), value.type.element == .float32 {
                    return value * 0.5
                }
                return value
            }
            return try specimen.interpreted(program)
        }
        var found = 0
        for seed in 0..<20 as Range<UInt32> {
            guard let small = try Self.shrunk(seed, check) else { continue }
            found += 1
            let effects = small.program.nodes.filter(\.op.isEffect)
            #expect(small.program.nodes.count <= 6, "\(small.program)")
            #expect((1...2).contains(effects.count), "\(small.program)")
        }
        #expect(found > 5)
    }

    @Test func aRightProgramIsNotShrunk() throws {
        #expect(try Self.shrunk(0, .simplification) == nil)
    }

    /// A jump that rounding decides is told from a mistake.
    @Test func roundingDecidesNothing() throws {
        let program = try Program.trace("jump") { trace in
            let x = trace.input("x", TensorType(.float32, [4]))
            // 1 if the square root of a square is the number itself to the last bit.
            trace.output("jump", (x.square().squareRoot() .<= x).exp())
            trace.output("calm", x.tanh())
        }
        let specimen = ProgramSpecimen(
            program: program, layout: StateLayout(), inputs: [[0.3, 0.7, 1.1, 1.9]],
            initial: ReferenceState(StateLayout()))
        let check = ProgramCheck.exact("off in both") { specimen in
            try specimen.expected().map { ProgramResult(label: $0.label, values: $0.values.map { $0 + 0.5 }) }
        }
        let verdict = try check.verdict(specimen)
        #expect(verdict.unstable.map(\.label) == ["run 1, output 'jump'", "run 2, output 'jump'"])
        #expect(verdict.disagreements.map(\.label) == ["run 1, output 'calm'", "run 2, output 'calm'"])
    }

    /// A sum that is 0 because its terms cancel may be a little more or less than that.
    @Test func sumsThatCancelDecideNothing() throws {
        let program = try Program.trace("cancelling") { trace in
            let x = trace.input("x", TensorType(.float32, [3, 1]))
            let terms = Tensor.concatenate([x, -x], axis: 1)
            let product = terms.matmul(trace.input("w", TensorType(.float32, [1, 2])), transposeRight: true)
            trace.output("product", product.sign())
            trace.output("sum", terms.sum(axes: [1]).sign())
        }
        let specimen = ProgramSpecimen(
            program: program, layout: StateLayout(), inputs: [[0.3, 0.7, 1.1], [0.9, 0.9]],
            initial: ReferenceState(StateLayout()))
        let check = ProgramCheck.exact("the other sign") { specimen in
            try specimen.expected().map { ProgramResult(label: $0.label, values: $0.values.map { _ in -1 }) }
        }
        let verdict = try check.verdict(specimen)
        #expect(verdict.disagreements.isEmpty)
        #expect(verdict.unstable.count == 4)
    }
}
