import HyperRandom
import HyperReference
import HyperTensor
import Testing

/// The interpreter judges the backends, so it is judged by hand.
@Suite struct InterpreterTests {
    @Test(arguments: [
        (Unary.negate, 2.0, -2.0), (.exp, 1, 2.718281828459045), (.log, 2, 0.6931471805599453), (.sqrt, 2.25, 1.5),
        (.reciprocal, -4, -0.25), (.tanh, 0.5, 0.46211715726000973), (.sigmoid, 2, 0.8807970779778823),
        (.softplus, 0, 0.6931471805599453), (.softplus, 800, 800), (.softplus, -20, 2.0611536203e-09), (.abs, -3, 3),
        (.sign, -0.1, -1), (.sign, 7, 1), (.sign, 0, 0), (.square, -3, 9), (.floor, -0.5, -1), (.floor, 2.75, 2),
        (.relu, -1, 0), (.relu, 2, 2), (.isFinite, 5, 1), (.isFinite, .infinity, 0), (.isFinite, .nan, 0),
    ])
    func unaryFunctions(_ function: Unary, _ x: Double, _ expected: Double) throws {
        let got = try value([[x]], [[1]]) { _, x in function.applied(to: x[0]) }[0]
        #expect((got - expected).magnitude <= 1e-11 * expected.magnitude)
    }

    @Test(arguments: [
        (Binary.add, 2.0, 3.0, 5.0), (.subtract, 2, 3, -1), (.multiply, 2, 3, 6), (.divide, 3, 2, 1.5),
        (.maximum, 2, 3, 3), (.maximum, 3, 2, 3), (.minimum, 2, 3, 2), (.minimum, -3, 2, -3), (.less, 2, 3, 1),
        (.less, 3, 3, 0), (.lessOrEqual, 3, 3, 1), (.lessOrEqual, 4, 3, 0), (.equal, 3, 3, 1), (.equal, 3, 2, 0),
        (.less, .nan, 1, 0), (.equal, .nan, .nan, 0), (.lessOrEqual, 1, .nan, 0),
    ])
    func binaryFunctions(_ function: Binary, _ a: Double, _ b: Double, _ expected: Double) throws {
        #expect(try value([[a], [b]], [[1], [1]]) { _, x in function.applied(to: x[0], x[1]) } == [expected])
    }

    @Test(arguments: [Binary.add, .subtract, .multiply, .divide, .maximum, .minimum])
    func notANumberPassesThrough(_ function: Binary) throws {
        for pair in [[Double.nan, 1], [1, .nan]] {
            #expect(
                try value([[pair[0]], [pair[1]]], [[1], [1]]) { _, x in function.applied(to: x[0], x[1]) }[0].isNaN)
        }
    }

    @Test func selectPicksByMask() throws {
        let got = try value([[1, 0, -2, .nan], [1, 2, 3, 4], [5, 6, 7, 8]], [[4], [4], [4]]) { _, x in
            x[0].select(x[1], x[2])
        }
        #expect(got == [1, 6, 3, 4])
    }

    @Test func movement() throws {
        let six: [Double] = [1, 2, 3, 4, 5, 6]
        func move(_ shape: Shape, _ body: @escaping (Tensor) -> Tensor) throws -> [Double] {
            try value([six], [shape]) { _, x in body(x[0]) }
        }
        #expect(try move([2, 3]) { $0.transposed([1, 0]) } == [1, 4, 2, 5, 3, 6])
        #expect(try move([1, 2, 3]) { $0.transposed([2, 0, 1]) } == [1, 4, 2, 5, 3, 6])
        #expect(try move([6, 1]) { $0.broadcast(to: [6, 2]) } == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6])
        #expect(try move([1, 6]) { $0.broadcast(to: [2, 6]) } == six + six)
        #expect(try move([2, 3]) { $0.reshaped(to: [3, 2]).transposed([1, 0]) } == [1, 3, 5, 2, 4, 6])
        #expect(try move([2, 3]) { $0.slice(starts: [0, 1], sizes: [2, 2]) } == [2, 3, 5, 6])
        #expect(try move([2, 3]) { $0.slice(axis: 0, 1..<2) } == [4, 5, 6])
        #expect(
            try move([2, 3]) { $0.padded(to: [3, 4], before: [1, 0]) } == [0, 0, 0, 0, 1, 2, 3, 0, 4, 5, 6, 0])
        #expect(
            try move([2, 3]) { Tensor.concatenate([$0, $0.slice(axis: 1, 0..<1)], axis: 1) } == [
                1, 2, 3, 1, 4, 5, 6, 4,
            ])
        #expect(try move([2, 3]) { Tensor.concatenate([$0, -$0], axis: 0) } == six + six.map { -$0 })
    }

    @Test func reductions() throws {
        let values: [Double] = [3, 1, 2, -4, 9, 5]
        func reduce(_ body: @escaping (Tensor) -> Tensor) throws -> [Double] {
            try value([values], [[2, 3]]) { _, x in body(x[0]) }
        }
        #expect(try reduce { $0.sum(axes: [0]) } == [-1, 10, 7])
        #expect(try reduce { $0.sum(axes: [1]) } == [6, 10])
        #expect(try reduce { $0.sum(axes: [1, 0]) } == [16])
        #expect(try reduce { $0.mean(axes: [1]) } == [2, 10 * (1.0 / 3)])
        #expect(try reduce { $0.maximum(axes: [0]) } == [3, 9, 5])
        #expect(try reduce { $0.minimum(axes: [1]) } == [1, -4])
        #expect(try value([[1, .nan, 2]], [[3]]) { _, x in x[0].maximum(axes: [0]) }[0].isNaN)
    }

    @Test func matmulInAllFourLayouts() throws {
        let (a, aTransposed): ([Double], [Double]) = ([1, 2, 3, 4, 5, 6], [1, 4, 2, 5, 3, 6])
        let (b, bTransposed): ([Double], [Double]) = ([7, 8, 9, 10, 11, 12], [7, 9, 11, 8, 10, 12])
        for left in [false, true] {
            for right in [false, true] {
                let got = try value(
                    [left ? aTransposed : a, right ? bTransposed : b],
                    [left ? [3, 2] : [2, 3], right ? [2, 3] : [3, 2]]
                ) { _, x in x[0].matmul(x[1], transposeLeft: left, transposeRight: right) }
                #expect(got == [58, 64, 139, 154])
            }
        }
        let batched = try value([[1, 2, 3, 4], [5, 6, 7, 8]], [[2, 1, 2], [2, 2, 1]]) { _, x in x[0].matmul(x[1]) }
        #expect(batched == [17, 53])
    }

    @Test func indexedRows() throws {
        let table: [Double] = [10, 11, 20, 21, 30, 31]
        let gathered = try value([table, [2, 0, -1, 9]], [[3, 2], [4]], integers: [1]) { _, x in x[0].gather(x[1]) }
        #expect(gathered == [30, 31, 10, 11, 10, 11, 30, 31])
        let added = try value([[1, 2, 4, 8], [1, 1, 0, 5]], [[2, 2, 1], [2, 2]], integers: [1]) { _, x in
            x[0].scatterAdd(x[1], count: 2)
        }
        #expect(added == [0, 3, 4, 8])
    }

    @Test func randomNumbersAreThoseOfTheStreams() throws {
        func draw(_ distribution: Distribution) throws -> [Double] {
            try value([[7, -2], [5], [10, 1000]], [[2], [1], [2]], integers: [0, 1, 2]) { trace, x in
                trace.random(
                    distribution, .policy, seeds: x[0], step: x[1], shape: [2, 3],
                    bounds: distribution == .integers ? x[2] : nil)
            }
        }
        let streams = [7, UInt32(bitPattern: -2)].map { RandomStream(seed: $0, stream: .policy) }
        let lanes: [UInt32] = [0, 1, 2]
        #expect(try draw(.uniform) == streams.flatMap { s in lanes.map { Double(s.uniform(step: 5, lane: $0)) } })
        #expect(try draw(.normal) == streams.flatMap { s in lanes.map { Double(s.normal(step: 5, lane: $0)) } })
        let integers = zip(streams, [10, 1000] as [UInt32]).flatMap { s, bound in
            lanes.map { Double(s.integer(below: bound, step: 5, lane: $0)) }
        }
        #expect(try draw(.integers) == integers)
    }

    /// One number of `body`'s tensor, with the inputs' values and shapes given.
    private func value(
        _ inputs: [[Double]], _ shapes: [Shape], integers: Set<Int> = [], _ body: (Trace, [Tensor]) -> Tensor
    ) throws -> [Double] {
        let program = try Program.trace("hand") { trace in
            let tensors = shapes.enumerated().map {
                trace.input("x\($0.offset)", TensorType(integers.contains($0.offset) ? .int32 : .float32, $0.element))
            }
            trace.output("y", body(trace, tensors))
        }
        var state = ReferenceState(StateLayout())
        return try ReferenceInterpreter(program).run(inputs: inputs, state: &state)[0]
    }
}
