import HyperReference
import Testing

@testable import HyperTensor

/// Rewrites that save memory or launches: that they happen, where they should, and that the numbers stay.
@Suite struct RewriteTests {
    private static func numbers(_ count: Int, _ seed: Int = 0) -> [Double] {
        (0..<count).map { Double(($0 * 37 + seed * 11) % 101) / 64 - 0.7 }
    }

    /// Outputs and variables as the interpreter of programs has them, and as the schedule's has them.
    private func expectSameMeaning(
        _ program: Program, _ inputs: [[Double]], _ layout: StateLayout = StateLayout(),
        for target: ScheduleTarget = ScheduleTarget()
    ) throws {
        var (plain, scheduled) = (ReferenceState(layout), ReferenceState(layout))
        for (index, variable) in layout.variables.enumerated() {
            let values = Self.numbers(variable.type.count, index)
            try plain.set(variable, to: values)
            try scheduled.set(variable, to: values)
        }
        func agrees(_ got: [Double], _ expected: [Double]) -> Bool {
            zip(got, expected).allSatisfy { ($0 - $1).magnitude <= 1e-12 * max(1, $1.magnitude) }
        }
        for _ in 0..<2 {
            let expected = try ReferenceInterpreter(program).run(inputs: inputs, state: &plain)
            let got = try ScheduleInterpreter(Schedule(program, for: target)).run(inputs: inputs, state: &scheduled)
            for (index, values) in got.enumerated() { #expect(agrees(values, expected[index]), "output \(index)") }
            for variable in layout.variables {
                #expect(agrees(try scheduled.values(of: variable), try plain.values(of: variable)), "\(variable)")
            }
        }
    }

    // MARK: Pads

    /// The gradient of a flat vector that is cut into parameters, of which one is used twice and one not at all.
    @Test func theGradientOfAFlatVectorIsWrittenOnce() throws {
        let program = try Program.trace("flat") { trace in
            let flat = trace.input("flat", TensorType(.float32, [2, 30]))
            let parts = [0..<12, 12..<20, 23..<30].map { flat.slice(axis: 1, $0) }
            var loss = parts.map { $0.square().sum(axes: [0, 1]) }.reduce(trace.constant(0, [1, 1]), +)
            loss = loss + flat.slice(axis: 1, 12..<20).tanh().sum(axes: [0, 1])
            trace.output("gradient", trace.gradients(of: loss, withRespectTo: [flat])[0])
        }
        let kinds = program.simplified().nodes.map(\.op.kind)
        #expect(!kinds.contains(.pad) && kinds.filter { $0 == .concatenate }.count == 1)
        // Three parts and the gap before the last one.
        #expect(Schedule(program).launches.filter { $0.launch.writes[0].view.shape == [2, 30] }.isEmpty)
        try expectSameMeaning(program, [Self.numbers(60)])
    }

    @Test func padsThatOverlapInPartStaySums() throws {
        let program = try Program.trace("overlap") { trace in
            let x = trace.input("x", TensorType(.float32, [4, 3]))
            let sum = x.padded(to: [9, 3], before: [0, 0]) + x.padded(to: [9, 3], before: [2, 0])
            let crossed = x.padded(to: [9, 3], before: [0, 0]) + x.padded(to: [9, 3], before: [5, 0])
            let turned = x.padded(to: [4, 9], before: [0, 2]) + x.padded(to: [4, 9], before: [0, 5])
            trace.output("sum", sum)
            trace.output("crossed", crossed)
            trace.output("turned", turned)
        }
        let kinds = program.simplified().nodes.map(\.op.kind)
        #expect(kinds.filter { $0 == .concatenate }.count == 2 && kinds.filter { $0 == .pad }.count == 2)
        try expectSameMeaning(program, [Self.numbers(12)])
    }

    // MARK: Sums over a batch

    /// Weights that tasks share: their gradient is one product over the rows of all tasks.
    @Test func gradientsOfSharedWeightsAreOneProduct() throws {
        let program = try Program.trace("shared") { trace in
            let x = trace.input("x", TensorType(.float32, [2, 5, 7, 3]))
            let weight = trace.input("w", TensorType(.float32, [2, 1, 3, 4]))
            let y = x.matmul(weight.broadcast(to: [2, 5, 3, 4])).tanh()
            trace.output("gradient", trace.gradients(of: y.square().sum(axes: [1, 2, 3]), withRespectTo: [weight])[0])
        }
        let products = program.simplified().nodes.filter { $0.op.kind == .matmul }
        #expect(products.map(\.type.shape) == [[2, 5, 7, 4], [2, 1, 3, 4]])
        try expectSameMeaning(program, [Self.numbers(210), Self.numbers(24)])
    }

    @Test(arguments: [false, true], [false, true]) func sharedOperandsAreMultipliedOnce(_ left: Bool, _ right: Bool)
        throws
    {
        let program = try Program.trace("operand") { trace in
            var a = trace.input("a", TensorType(.float32, [left ? 1 : 6, 4, 5]))
            var b = trace.input("b", TensorType(.float32, [right ? 1 : 6, 5, 3]))
            if left { a = a.broadcast(to: [6, 4, 5]) }
            if right { b = b.broadcast(to: [6, 5, 3]) }
            trace.output("sum", a.matmul(b).sum(axes: [0]))
        }
        let products = program.simplified().nodes.filter { $0.op.kind == .matmul }
        // Rows of the left operand lie in no order in which all matrices could be one.
        #expect(products.map(\.type.shape) == [left || right ? [1, 4, 3] : [6, 4, 3]])
        try expectSameMeaning(program, [Self.numbers(left ? 20 : 120), Self.numbers(right ? 15 : 90)])
    }

    // MARK: Reductions

    /// Long reductions are cut by their own length, whoever is reduced beside them.
    @Test(arguments: [1, 3]) func longReductionsAreCut(_ seeds: Int) throws {
        let program = try Program.trace("long") { trace in
            let x = trace.input("x", TensorType(.float32, [seeds, 24_576, 2]))
            trace.output("sum", x.sum(axes: [1]))
            trace.output("maximum", x.maximum(axes: [1]))
            trace.output("short", x.slice(axis: 1, 0..<4096).sum(axes: [1]))
        }
        let lengths = Schedule(program).launches.compactMap { scheduled -> Int? in
            guard case .reduce(_, _, let length, _, _, _) = scheduled.launch else { return nil }
            return length
        }
        #expect(lengths.sorted() == [12, 12, 2048, 2048, 4096])
        try expectSameMeaning(program, [Self.numbers(seeds * 49_152)])
    }

    // MARK: In place

    /// `x ← x + α d` over the variables of an arena, α from dot products: each variable is read and written in one launch, and nothing else is.
    @Test func stepsAlongADirectionAreTakenInPlace() throws {
        var layout = StateLayout()
        let members = [("a", TensorType(.float32, [6, 4])), ("b", TensorType(.float32, [9]))]
        let (point, direction) = (try layout.addArena("x", members), try layout.addArena("d", members))
        let program = try Program.trace("axpy") { trace in
            let d = direction.variables.map { trace.read($0) }
            let flat = d.map { $0.reshaped(to: [1, $0.shape.count]) }
            let square = flat.map { $0.dot($0) }.reduce(trace.constant(1, TensorType(.float64, [1])), +)
            for (variable, d) in zip(point.variables, d) {
                let alpha = (square.reciprocal() * 3).cast(to: .float32)
                let spread = alpha.reshaped(to: Shape(d.shape.dimensions.map { _ in 1 })).broadcast(to: d.shape)
                trace.assign(variable, trace.read(variable) + spread * d)
            }
        }
        let schedule = Schedule(program)
        let changes = schedule.launches.filter { scheduled in
            scheduled.launch.writes.contains { schedule.values[$0.value].storage.variable != nil }
        }
        #expect(changes.map(\.launch.name) == ["elementwise", "elementwise"])
        #expect(!schedule.launches.contains { $0.launch.name == "copy" })
        try expectSameMeaning(program, [], layout)
    }

    /// Products write into the variable as well, unless they read it or its old numbers are wanted later.
    @Test(arguments: [false, true]) func resultsGoWhereTheyBelong(_ isWantedLater: Bool) throws {
        var layout = StateLayout()
        let held = try layout.addVariable("held", TensorType(.float32, [4, 4]))
        let program = try Program.trace("product") { trace in
            let (x, old) = (trace.input("x", TensorType(.float32, [4, 4])), trace.read(held))
            let new = isWantedLater ? old.matmul(x) : x.matmul(x)
            trace.assign(held, new)
            trace.output("tanh", new.tanh())
            if isWantedLater { trace.output("sum", old + trace.read(held)) }
        }
        let names = Schedule(program).launches.map(\.launch.name)
        #expect(names.filter { $0 == "copy" }.count == (isWantedLater ? 2 : 0), "\(names)")
        try expectSameMeaning(program, [Self.numbers(16)], layout)
    }

    /// A dying operand gives its memory to the result of an elementwise launch.
    @Test func elementwiseResultsTakeTheirOperandsPlace() throws {
        let program = try Program.trace("heir") { trace in
            let x = trace.input("x", TensorType(.float32, [64, 64]))
            var y = x.matmul(x)
            for _ in 0..<4 {
                // What is summed as well cannot be part of the product's launch.
                let scale = y.sum(axes: [0, 1]).broadcast(to: [64, 64])
                y = (y * 0x1p-7).tanh() + scale * 0x1p-13
            }
            trace.output("y", y)
        }
        #expect(Schedule(program).scratchCount < 64 * 64 + 8 * 64)
        try expectSameMeaning(program, [Self.numbers(4096)])
    }
}
