import HyperReference
import HyperTensor
import Testing

/// Simplification and scheduling must not change what a program computes.
@Suite struct LoweringTests {
    @Test(arguments: OpCase.all) func loweredCasesKeepTheirMeaning(_ opCase: OpCase) throws {
        try expectSameMeaning(opCase.program(), opCase.operandValues(), opCase.makeState(), opCase.layout())
    }

    /// Runs the program, its simplified form and its schedule twice each and compares all outputs and variables.
    private func expectSameMeaning(
        _ program: Program, _ inputs: [[Double]], _ initial: ReferenceState, _ layout: StateLayout
    ) throws {
        let simplified = program.simplified()
        let schedules = Self.targets.map { Schedule(program, for: $0) }
        var (plain, short) = (initial, initial)
        var lowered = schedules.map { _ in initial }
        for _ in 0..<2 {
            let expected = try ReferenceInterpreter(program).run(inputs: inputs, state: &plain)
            let merged = try ReferenceInterpreter(simplified).run(inputs: inputs, state: &short)
            let scheduled = try schedules.indices.map {
                try ScheduleInterpreter(schedules[$0]).run(inputs: inputs, state: &lowered[$0])
            }
            for (index, values) in expected.enumerated() {
                let name = program.outputs[index].name
                #expect(agrees(merged[index], values), "simplified output \(name)\n\(program)\n\(simplified)")
                for (target, schedule) in schedules.enumerated() {
                    #expect(
                        agrees(scheduled[target][index], values),
                        "output \(name) for target \(target)\n\(program)\n\(schedule)")
                }
            }
            for variable in layout.variables {
                let values = try plain.values(of: variable)
                #expect(agrees(try short.values(of: variable), values), "simplified \(variable)\n\(program)")
                for (target, schedule) in schedules.enumerated() {
                    #expect(
                        agrees(try lowered[target].values(of: variable), values),
                        "\(variable) for target \(target)\n\(program)\n\(schedule)")
                }
            }
        }
    }

    /// A device that knows nothing; one whose products take steps; one that groups launches, with all that goes with it.
    private static let targets: [ScheduleTarget] = {
        var stepping = ScheduleTarget()
        stepping.takesStep = { _ in true }
        return [ScheduleTarget(), stepping, .everything]
    }()

    private func agrees(_ got: [Double], _ expected: [Double]) -> Bool {
        got.count == expected.count
            && zip(got, expected).allSatisfy { got, expected in
                if got == expected || (got.isNaN && expected.isNaN) { return true }
                return (got - expected).magnitude <= 1e-12 * max(1, expected.magnitude)
            }
    }

    @Test func equalNodesMergeAndUnusedOnesGo() throws {
        let program = try Program.trace("merge") { trace in
            let x = trace.input("x", TensorType(.float32, [3]))
            let first = trace.phase("left") { x.exp() }
            let second = trace.phase("right") { x.exp() }
            _ = x.tanh()
            trace.output("y", first + second)
        }
        let simplified = program.simplified()
        #expect(simplified.nodes.map(\.op) == [.input(name: "x"), .unary(.exp), .binary(.add)])
        #expect(simplified.nodes[1].phases == ["left", "right"])
        #expect(simplified.nodes[2].operands == [1, 1])
    }

    @Test func readsAcrossAChangeStayApart() throws {
        var layout = StateLayout()
        let held = try layout.addVariable("held", TensorType(.float32, [3]))
        let program = try Program.trace("reads") { trace in
            let (first, again) = (trace.read(held), trace.read(held))
            trace.assign(held, first + again)
            trace.output("y", trace.read(held))
        }
        let reads = program.simplified().nodes.filter { $0.op == .read(held) }
        #expect(reads.count == 2)
    }

    @Test func constantsFoldAndNeutralOpsVanish() throws {
        let program = try Program.trace("fold") { trace in
            let x = trace.input("x", TensorType(.float32, [2, 3]))
            let two = (trace.constant(1, [1, 3]).broadcast(to: [2, 3]) + 1).sum(axes: [0]).broadcast(to: [2, 3]) / 2
            trace.output("y", ((x * 1 + 0) / 1 - 0).stopGradient() * two)
        }
        #expect(program.simplified().nodes.map(\.op) == [.input(name: "x"), .constant(.fill(2)), .binary(.multiply)])
    }

    /// Copies alone would make every schedule right, so the point of it is held here: one launch for a whole layer.
    @Test func aLayerIsOneLaunch() throws {
        var layout = StateLayout()
        let arena = try layout.addArena(
            "layer", [("weight", TensorType(.float32, [2, 6, 5])), ("bias", TensorType(.float32, [2, 5]))])
        let program = try Program.trace("layer") { trace in
            let x = trace.input("x", TensorType(.float32, [4, 2, 6]))
            let bias = trace.read(arena.variables[1]).reshaped(to: [2, 1, 5]).broadcast(to: [2, 4, 5])
            let product = x.transposed([1, 0, 2]).matmul(trace.read(arena.variables[0]))
            trace.output("y", (product + bias).relu())
        }
        let schedule = Schedule(program)
        #expect(schedule.launches.map(\.launch.name) == ["matmul+epilogue"])
        #expect(schedule.scratchCount == 64)
    }

    @Test func scratchIsShared() throws {
        let program = try Program.trace("chain") { trace in
            var x = trace.input("x", TensorType(.float32, [64, 64]))
            for _ in 0..<6 { x = x.matmul(x) }
            trace.output("y", x)
        }
        #expect(Schedule(program).scratchCount == 2 * 64 * 64)
    }

    /// A slice of a product is the product of slices, whichever axes are cut and operands transposed.
    @Test(arguments: [false, true], [false, true]) func productsComputeWhatIsUsed(_ left: Bool, _ right: Bool) throws {
        let program = try Program.trace("sliced") { trace in
            let a = trace.input("a", TensorType(.float32, left ? [3, 5, 4] : [3, 4, 5]))
            let b = trace.input("b", TensorType(.float32, right ? [3, 6, 5] : [3, 5, 6]))
            let product = a.matmul(b, transposeLeft: left, transposeRight: right)
            trace.output("y", product.slice(starts: [1, 1, 2], sizes: [2, 3, 4]).tanh())
        }
        let simplified = program.simplified()
        #expect(simplified.nodes.first { $0.op.kind == .matmul }?.type.shape == [2, 3, 4])
        #expect(simplified.nodes.last?.op == .unary(.tanh))
        let inputs = [Self.numbers(60), Self.numbers(90)]
        try expectSameMeaning(program, inputs, ReferenceState(StateLayout()), StateLayout())
    }

    @Test func productsUsedTwiceStayWhole() throws {
        let program = try Program.trace("whole") { trace in
            let a = trace.input("a", TensorType(.float32, [4, 4]))
            let product = a.matmul(a)
            trace.output("y", product.slice(axis: 1, 0..<2) * product.slice(axis: 1, 2..<4))
            trace.output("z", a.matmul(a, transposeRight: true))
            trace.output("part", a.matmul(a, transposeRight: true).slice(axis: 0, 1..<2))
        }
        let products = program.simplified().nodes.filter { $0.op.kind == .matmul }
        #expect(products.map(\.type.shape) == [[4, 4], [4, 4]])
        try expectSameMeaning(program, [Self.numbers(16)], ReferenceState(StateLayout()), StateLayout())
    }

    /// State and action of a replay's row lie side by side: nothing moves, and what comes later sees the values of then.
    @Test func neighboursJoinWithoutACopy() throws {
        var layout = StateLayout()
        let table = try layout.addVariable("table", TensorType(.float32, [3, 7]))
        let program = try Program.trace("neighbours") { trace in
            let rows = trace.input("rows", TensorType(.float32, [3, 7])).reshaped(to: [1, 3, 7])
            let states = rows.slice(axis: 2, 1..<4).broadcast(to: [2, 3, 3])
            let actions = rows.slice(axis: 2, 4..<6).broadcast(to: [2, 3, 2])
            trace.output("y", Tensor.concatenate([states, actions], axis: 2).tanh())
            let held = trace.read(table)
            let whole = Tensor.concatenate([held.slice(axis: 1, 0..<3), held.slice(axis: 1, 3..<7)], axis: 1)
            let strangers = [held.slice(axis: 1, 0..<3), rows.reshaped(to: [3, 7]).slice(axis: 1, 3..<7)]
            trace.output("strangers", Tensor.concatenate(strangers, axis: 1))
            let apart = [held.slice(axis: 1, 0..<3), held.slice(axis: 1, 4..<7)]
            trace.output("apart", Tensor.concatenate(apart, axis: 1))
            trace.assign(table, whole * 2)
            trace.output("before", whole)
        }
        #expect(!Schedule(program).launches.prefix(1).contains { $0.launch.name == "copy" })
        var state = ReferenceState(layout)
        try state.set(table, to: Self.numbers(21))
        try expectSameMeaning(program, [Self.numbers(21)], state, layout)
    }

    /// Ways to see a variable `[3, 7]` that move nothing.
    private static let views: [(name: String, view: @Sendable (Tensor) -> Tensor)] = [
        ("whole", { $0 }),
        ("joined", { Tensor.concatenate([$0.slice(axis: 1, 0..<3), $0.slice(axis: 1, 3..<7)], axis: 1) }),
        ("stopped", { $0.slice(axis: 0, 1..<2).stopGradient() }),
        ("repeated", { $0.slice(axis: 1, 2..<3).broadcast(to: [3, 7]) }),
        ("turned", { $0.slice(axis: 0, 1..<3).transposed([1, 0]) }),
        (
            "joined and turned",
            {
                Tensor.concatenate([$0.slice(axis: 0, 0..<1), $0.slice(axis: 0, 1..<3)], axis: 0).transposed([1, 0])
            }
        ),
    ]

    /// A value that was read keeps its numbers behind a change of the variable, through whatever view it is seen.
    @Test(arguments: views.indices) func viewsOfAVariableOutliveItsChange(_ index: Int) throws {
        var layout = StateLayout()
        let table = try layout.addVariable("table", TensorType(.float32, [3, 7]))
        let program = try Program.trace(Self.views[index].name) { trace in
            let seen = Self.views[index].view(trace.read(table))
            trace.assign(table, trace.input("x", TensorType(.float32, [3, 7])))
            trace.output("seen", seen + 1)
            trace.output("product", seen.matmul(seen, transposeLeft: true))
            trace.output("after", trace.read(table))
        }
        var state = ReferenceState(layout)
        try state.set(table, to: Self.numbers(21))
        try expectSameMeaning(program, [Self.numbers(21).map { $0 * 3 }], state, layout)
        // What is seen is read before the change, so nothing has to keep the old numbers.
        let schedule = Schedule(program)
        let readers = schedule.launches.indices.filter { schedule.reads(table, version: 0, at: $0) }
        let change = try #require(
            schedule.launches.firstIndex { $0.launch.name == "copy" && schedule.changes(table, $0.launch) })
        #expect(!readers.isEmpty && readers.allSatisfy { $0 < change })
    }

    /// Where old and new numbers meet, the old ones are copied, as far as they are seen.
    @Test(arguments: views.indices) func viewsThatMeetTheNewValueAreCopied(_ index: Int) throws {
        var layout = StateLayout()
        let table = try layout.addVariable("table", TensorType(.float32, [3, 7]))
        let program = try Program.trace(Self.views[index].name) { trace in
            let seen = Self.views[index].view(trace.read(table))
            trace.assign(table, trace.input("x", TensorType(.float32, [3, 7])))
            trace.output("both", seen.sum(axes: [0, 1]) + trace.read(table).sum(axes: [0, 1]))
            trace.output("seen", seen * Self.views[index].view(trace.read(table)))
        }
        var state = ReferenceState(layout)
        try state.set(table, to: Self.numbers(21))
        try expectSameMeaning(program, [Self.numbers(21).map { $0 * 3 }], state, layout)
        let schedule = Schedule(program)
        #expect(schedule.reads(table, version: 0, at: 0) && schedule.launches[0].launch.name == "copy")
    }

    /// An output has memory of its own, which a change of the variable behind it does not concern.
    @Test(arguments: views.indices) func outputsOfAVariableOutliveItsChange(_ index: Int) throws {
        var layout = StateLayout()
        let table = try layout.addVariable("table", TensorType(.float32, [3, 7]))
        let program = try Program.trace(Self.views[index].name) { trace in
            let seen = Self.views[index].view(trace.read(table))
            trace.output("seen", seen)
            trace.assign(table, trace.input("x", TensorType(.float32, [3, 7])))
            trace.output("later", seen * 2)
        }
        var state = ReferenceState(layout)
        try state.set(table, to: Self.numbers(21))
        try expectSameMeaning(program, [Self.numbers(21).map { $0 * 3 }], state, layout)
        // The output's copy serves the later use as well.
        #expect(Schedule(program).launches.map(\.launch.name) == ["copy", "copy", "elementwise"])
    }

    /// Only what is still wanted is copied.
    @Test func aChangeCopiesWhatIsWantedAlone() throws {
        var layout = StateLayout()
        let table = try layout.addVariable("table", TensorType(.float32, [100, 4]))
        let program = try Program.trace("row") { trace in
            let row = trace.read(table).slice(axis: 0, 40..<41)
            trace.assignRows(
                table, trace.input("rows", TensorType(.float32, [1, 4])),
                at: trace.constant([40], TensorType(.int32, [1])))
            trace.output("row", row + trace.read(table).slice(axis: 0, 40..<41))
        }
        #expect(Schedule(program).launches.first?.launch.writes[0].view.count == 4)
        var state = ReferenceState(layout)
        try state.set(table, to: Self.numbers(400))
        try expectSameMeaning(program, [Self.numbers(4)], state, layout)
    }

    /// An effect whose operands lie in what it changes: one parameter's gradient is the other parameter, rows come from their own table.
    @Test func effectsMayReadWhatTheyChange() throws {
        var layout = StateLayout()
        let parameters = try layout.addArena(
            "parameters", [("a", TensorType(.float32, [5])), ("b", TensorType(.float32, [5]))])
        let first = try layout.addArena("first", like: parameters)
        let second = try layout.addArena("second", like: parameters)
        let table = try layout.addVariable("table", TensorType(.float32, [4, 3]))
        let program = try Program.trace("own operands") { trace in
            let (a, b) = (trace.read(parameters.variables[0]), trace.read(parameters.variables[1]))
            trace.adam(
                parameters, firstMoments: first, secondMoments: second, gradients: [b, a],
                scale: trace.input("scale", TensorType(.float32, [2])))
            trace.assignRows(
                table, trace.read(table).slice(axis: 0, 0..<3), at: trace.constant([1, 2, 3], TensorType(.int32, [3])))
            trace.output("a", trace.read(parameters.variables[0]) + b)
        }
        var state = ReferenceState(layout)
        for variable in parameters.variables { try state.set(variable, to: Self.numbers(5)) }
        try state.set(parameters.variables[1], to: [1, -2, 3, -4, 5])
        try state.set(table, to: Self.numbers(12))
        try expectSameMeaning(program, [[0.1, 1]], state, layout)
    }

    /// An assignment of no rows between a change and a read: the read waits for the change all the same.
    @Test func noRowsAreNoChange() throws {
        var layout = StateLayout()
        let table = try layout.addVariable("table", TensorType(.float32, [4, 3]))
        let program = try Program.trace("no rows") { trace in
            let x = trace.input("x", TensorType(.float32, [4, 3]))
            let before = trace.read(table)
            trace.assign(table, x * 2)
            trace.assignRows(
                table, x.slice(axis: 0, 0..<0), at: trace.constant([Double](), TensorType(.int32, [0])))
            trace.output("after", trace.read(table) + 1)
            trace.output("before", before * 3)
        }
        var state = ReferenceState(layout)
        try state.set(table, to: Self.numbers(12))
        try expectSameMeaning(program, [Self.numbers(12).map { $0 * 5 }], state, layout)
    }

    /// What twin critics both read is written for one of them.
    @Test func repeatedPartsAreWrittenOnce() throws {
        let program = try Program.trace("repeated") { trace in
            let states = trace.input("states", TensorType(.float32, [1, 3, 4])).broadcast(to: [2, 3, 4])
            let actions = trace.input("actions", TensorType(.float32, [1, 3, 2])).broadcast(to: [2, 3, 2])
            let weight = trace.input("weight", TensorType(.float32, [2, 6, 5]))
            trace.output("y", Tensor.concatenate([states, actions], axis: 2).matmul(weight))
        }
        let schedule = Schedule(program)
        #expect(schedule.launches.map(\.launch.name) == ["copy", "copy", "matmul"])
        let written = schedule.launches.prefix(2).map { $0.launch.writes[0].view.shape }
        #expect(written == [[1, 3, 4], [1, 3, 2]])
        try expectSameMeaning(
            program, [Self.numbers(12), Self.numbers(6), Self.numbers(60)], ReferenceState(StateLayout()), StateLayout()
        )
    }

    private static func numbers(_ count: Int) -> [Double] { (0..<count).map { Double($0 * 37 % 101) / 64 - 0.5 } }
}

extension Schedule {
    fileprivate func reads(_ variable: Variable, version: Int, at index: Int) -> Bool {
        launches[index].launch.reads.contains { values[$0.value].storage == .variable(variable, version: version) }
    }

    fileprivate func changes(_ variable: Variable, _ launch: Launch) -> Bool {
        launch.writtenValues.contains { values[$0].storage.variable == variable }
    }
}
