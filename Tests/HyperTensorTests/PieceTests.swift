import HyperReference
import Testing

@testable import HyperTensor

@Suite struct PieceTests {
    @Test func rangesCoverEverythingEvenly() {
        #expect(Pieces.ranges(of: 10, atMost: 4) == [0..<4, 4..<7, 7..<10])
        #expect(Pieces.ranges(of: 8, atMost: 4) == [0..<4, 4..<8])
        #expect(Pieces.ranges(of: 3, atMost: 100) == [0..<3])
        for count in 1...40 {
            for size in 1...12 {
                let ranges = Pieces.ranges(of: count, atMost: size)
                #expect(ranges.flatMap(Array.init) == Array(0..<count) && ranges.allSatisfy { $0.count <= size })
                #expect((ranges.map(\.count).max() ?? 0) - (ranges.map(\.count).min() ?? 0) <= 1)
            }
        }
    }

    private static let (rows, inputs, hidden) = (64, 3, 50)

    /// The gradient of a mean square over rows, whose hidden layer is far larger than all else.
    private static func program(piece: Int, _ layout: inout StateLayout) throws -> Program {
        let weights = try layout.addArena(
            "weights",
            [("first", TensorType(.float32, [inputs, hidden])), ("second", TensorType(.float32, [hidden, 1]))])
        return try Program.trace("pieces") { trace in
            let x = trace.input("x", TensorType(.float32, [rows, inputs]))
            let parameters = weights.variables.map { trace.read($0) }
            let sums = trace.sums(over: Pieces.ranges(of: rows, atMost: piece)) { rows in
                let part = x.slice(axis: 0, rows)
                let y = part.matmul(parameters[0]).tanh().matmul(parameters[1])
                let loss = y.square().sum(axes: [0, 1])
                let gradients = trace.gradients(of: loss, withRespectTo: parameters)
                // Second order as well: the gradient's own square.
                let product = (gradients[0] * gradients[0]).sum(axes: [0, 1])
                return [loss] + gradients + trace.gradients(of: product, withRespectTo: parameters)
            }
            for (index, sum) in sums.enumerated() { trace.output("y\(index)", sum) }
            let hidden = trace.concatenations(over: Pieces.ranges(of: rows, atMost: piece), axis: 0) { rows in
                [x.slice(axis: 0, rows).matmul(parameters[0]).tanh().matmul(parameters[1])]
            }
            trace.output("all", hidden[0])
        }
    }

    private static func run(_ program: Program, _ layout: StateLayout, scheduled: Bool) throws -> [[Double]] {
        var state = ReferenceState(layout)
        for (index, variable) in layout.variables.enumerated() {
            try state.set(variable, to: (0..<variable.type.count).map { Double(($0 * 37 + index) % 101) / 128 - 0.4 })
        }
        let x = (0..<rows * inputs).map { Double($0 * 53 % 97) / 64 - 0.7 }
        return scheduled
            ? try ScheduleInterpreter(Schedule(program)).run(inputs: [x], state: &state)
            : try ReferenceInterpreter(program).run(inputs: [x], state: &state)
    }

    /// Terms of first order add up to the whole; those that are not linear in pieces are the sums of the pieces' own.
    @Test func piecesAddUp() throws {
        var layout = StateLayout()
        let whole = try Self.run(Self.program(piece: Self.rows, &layout), layout, scheduled: false)
        for piece in [64, 32, 9] {
            var layout = StateLayout()
            let program = try Self.program(piece: piece, &layout)
            let (plain, scheduled) = (
                try Self.run(program, layout, scheduled: false), try Self.run(program, layout, scheduled: true)
            )
            for (index, values) in plain.enumerated() {
                #expect(zip(values, scheduled[index]).allSatisfy { abs($0 - $1) <= 1e-12 * max(1, abs($0)) })
            }
            for index in [0, 1, 2, 5] {
                #expect(
                    zip(plain[index], whole[index]).allSatisfy { abs($0 - $1) <= 1e-11 * max(1, abs($1)) }, "\(index)")
            }
        }
    }

    /// Eight pieces need about an eighth of the memory, on a device that runs launches in order.
    @Test func scratchIsUsedAgain() throws {
        var (first, second) = (StateLayout(), StateLayout())
        let whole = Schedule(try Self.program(piece: Self.rows, &first)).scratchCount
        let pieces = Schedule(try Self.program(piece: Self.rows / 8, &second)).scratchCount
        #expect(Double(pieces) < 0.35 * Double(whole), "\(pieces) of \(whole) words")
    }
}
