import HyperTensor
import Testing

/// Integers and doubles in programs: what is refused, how they lie in memory, which launches they make.
@Suite struct ElementTypeTests {
    private func message(_ types: [TensorType], _ body: (Trace, [Tensor]) -> Void) -> String {
        let error = #expect(throws: TensorError.self) {
            try Program.trace("wrong") { trace in
                body(trace, types.enumerated().map { trace.input("x\($0.offset)", $0.element) })
            }
        }
        return error?.message ?? ""
    }

    private let integers = TensorType(.int32, [2])
    private let floats = TensorType(.float32, [2])
    private let doubles = TensorType(.float64, [2])

    @Test func wrongTypesAreTold() {
        #expect(
            message([floats, doubles]) { _ = $1[0] + $1[1] }.contains(
                "add: operand 1 is f64[2], expected float32; cast is explicit"))
        #expect(
            message([integers, integers]) { _ = $1[0] / $1[1] }.contains(
                "divide: operand 0 is i32[2], expected float32 or float64"))
        #expect(message([doubles]) { _ = $1[0].tanh() }.contains("tanh: operand 0 is f64[2], expected float32"))
        #expect(
            message([integers]) { _ = $1[0].square() }.contains(
                "square: operand 0 is i32[2], expected float32 or float64"))
        #expect(
            message([integers, floats]) { _ = $1[0].select($1[1], $1[1]) }.contains(
                "select: operand 0 is i32[2], expected float32"))
        #expect(
            message([floats, integers]) { _ = $1[0].select($1[0], $1[1]) }.contains(
                "select: operand 2 is i32[2], expected float32; cast is explicit"))
        #expect(message([doubles]) { _ = $1[0].maximum(axes: [0]) }.contains("reduce_maximum: operand 0 is f64[2]"))
        #expect(message([doubles, doubles]) { _ = $1[0].dot($1[1]) }.contains("dot: operand 0 is f64[2]"))
        #expect(
            message([TensorType(.float32, [2, 0])]) { _ = $1[0].dot($1[0]) }.contains(
                "dot: [2, 0] has no elements on a last axis"))
        #expect(message([]) { trace, _ in _ = trace.constant(0.5, integers) }.contains("constant: 0.5 is no int32"))
        #expect(
            message([]) { trace, _ in _ = trace.constant([1, 3e9], integers) }.contains(
                "constant: 3000000000.0 is no int32"))
        #expect(
            message([integers, TensorType(.int32, [1]), floats]) {
                _ = $0.random(
                    .normal, .task, seeds: $1[0], step: $1[1], shape: [2, 3],
                    substreams: $1[2].cast(to: .int32).slice(axis: 0, 0..<1))
            }.contains("random_normal: i32[1] is not one number for each of the seeds i32[2]"))
    }

    @Test func optimisersRefuseOtherTypes() throws {
        var layout = StateLayout()
        let arena = try layout.addArena("p", [("x", doubles)])
        let other = try layout.addArena("q", like: arena)
        #expect(
            message([doubles]) {
                $0.adam(
                    arena, firstMoments: arena, secondMoments: arena, gradients: [$1[0]], scale: $0.constant(0, [2]))
            }.contains("adam: p.x f64[2] is no float32 parameter"))
        #expect(
            message([]) { trace, _ in trace.softUpdate(arena, from: other, rate: 0.1) }.contains(
                "soft_update: p.x f64[2] is no float32 parameter"))
    }

    @Test func doublesTakeTwoWords() throws {
        var layout = StateLayout()
        let arena = try layout.addArena(
            "mixed", [("a", floats), ("b", TensorType(.float64, [9])), ("c", integers), ("d", doubles)])
        #expect(arena.variables.map(\.offset) == [0, 16, 48, 64])
        #expect(arena.count == 80)
        #expect(TensorType(.float64, [3, 2]).byteCount == 48)
        #expect("\(doubles)" == "f64[2]")
    }

    /// An index of a task's row is one launch, whatever it is made of.
    @Test func integerArithmeticIsOneLaunch() throws {
        let program = try Program.trace("indices") { trace in
            let tasks = trace.input("tasks", TensorType(.int32, [4, 1]))
            let rows = trace.input("rows", TensorType(.int32, [4, 6]))
            let indices = tasks.broadcast(to: [4, 6]) * 1000 + (rows .< rows.like(0)).select(rows - rows, rows)
            trace.output("indices", indices)
        }
        #expect(Schedule(program).launches.map(\.launch.name) == ["wide_elementwise"])
    }

    /// The scalars of a step, their cast, and the step: two launches, and no third for the cast.
    @Test func castsAreLoadsAndStores() throws {
        let program = try Program.trace("step") { trace in
            let squares = trace.input("squares", TensorType(.float64, [3]))
            let curvatures = trace.input("curvatures", TensorType(.float32, [3]))
            let x = trace.input("x", TensorType(.float32, [3, 8]))
            let step = (squares / curvatures.cast(to: .float64)).cast(to: .float32)
            trace.output("x", x + step.reshaped(to: [3, 1]).broadcast(to: [3, 8]) * x)
        }
        #expect(Schedule(program).launches.map(\.launch.name) == ["wide_elementwise", "elementwise"])
    }
}
