import HyperReference
import HyperTensor
import Testing

@Suite struct OpCaseTests {
    @Test func everyOpHasACase() { #expect(Set(OpCase.all.map(\.kind)) == Set(Op.Kind.allCases)) }

    @Test func namesAreUnique() { #expect(Set(OpCase.all.map(\.name)).count == OpCase.all.count) }

    @Test(arguments: OpCase.all) func programHoldsTheKind(_ opCase: OpCase) throws {
        let program = try opCase.program()
        #expect(program.nodes.contains { $0.op.kind == opCase.kind })
        let values = opCase.operandValues()
        #expect(values.map(\.count) == opCase.operands.map(\.type.count))
        for (operand, numbers) in zip(opCase.operands, values) {
            #expect(numbers.allSatisfy { $0.isNaN || exact($0, in: operand.type.element) == $0 })
        }
        #expect(values == opCase.operandValues() || values.joined().contains { $0.isNaN })
    }

    /// A number as a type holds it; float64 as a pair of floats does.
    private func exact(_ number: Double, in element: ElementType) -> Double {
        let high = Double(Float(number))
        switch element {
        case .float32: return high
        case .int32: return Double(Int32(number))
        case .float64: return number.isFinite ? high + Double(Float(number - high)) : number
        }
    }

    /// The interpreter behind the float32 protocol rounds once, which every tolerance allows.
    @Test(arguments: OpCase.all) func referenceBackendAgreesWithInterpreter(_ opCase: OpCase) throws {
        #expect(try opCase.disagreements(on: ReferenceBackend()) == [])
    }

    @Test(arguments: OpCase.all) func wrongResultsAreSeen(_ opCase: OpCase) throws {
        let lines = try opCase.disagreements(on: FlawedBackend())
        let hasResult = try opCase.program().outputs.contains { $0.type.count > 0 } || !opCase.arenas.isEmpty
        #expect(lines.isEmpty == !hasResult)
    }

    @Test func costsFollowFromShapes() throws {
        func cost(_ name: String) throws -> OpCost {
            try #require(OpCase.all.first { $0.name == name }).cost()
        }
        #expect(
            try cost("matmul [33, 65] [65, 129]")
                == OpCost(
                    flops: 2 * 33 * 65 * 129, bytes: 4 * (33 * 65 + 65 * 129 + 33 * 129)))
        #expect(try cost("matmul [33, 65] [65, 129], left transposed").flops == 2 * 33 * 65 * 129)
        #expect(try cost("exp [3, 37]") == OpCost(flops: 111, bytes: 888))
        #expect(try cost("adam of three parameters") == OpCost(flops: 13 * 150, bytes: 28 * 150))
    }

    @Test func toleranceTreatsSpecialValues() {
        let tolerance = Tolerance.rounding
        #expect(tolerance.accepts(.nan, expected: .nan))
        #expect(!tolerance.accepts(.nan, expected: 1))
        #expect(!tolerance.accepts(1, expected: .nan))
        #expect(tolerance.accepts(.infinity, expected: 1e300))
        #expect(!tolerance.accepts(1, expected: .infinity))
        #expect(!tolerance.accepts(-.infinity, expected: 1e300))
        #expect(!tolerance.accepts(.infinity, expected: 1e30))
        #expect(tolerance.accepts(0, expected: 1e-39))
        #expect(!tolerance.accepts(0, expected: 1e-37))
        #expect(!tolerance.accepts(1 + 0x1p-22, expected: 1))
        #expect(tolerance.accepts(1 + 0x1p-23, expected: 1))
    }
}

/// A reference backend whose results have one wrong element each.
private final class FlawedBackend: Backend {
    private let inner = ReferenceBackend()

    var device: DeviceDescription { inner.device }
    func makeState(_ layout: StateLayout) throws -> any StateStore { FlawedStore(try inner.makeState(layout)) }

    func schedule(_ program: Program, varying: Set<String>?) -> Schedule { inner.schedule(program, varying: varying) }

    func compile(_ schedule: Schedule, state: any StateStore) throws -> any CompiledProgram {
        guard let store = state as? FlawedStore else { throw TensorError("not a flawed store") }
        return FlawedProgram(try inner.compile(schedule, state: store.inner))
    }
}

private final class FlawedStore: StateStore {
    let inner: any StateStore
    var layout: StateLayout { inner.layout }

    init(_ inner: any StateStore) { self.inner = inner }

    func read(_ variable: Variable, elements: Range<Int>, into destination: UnsafeMutableRawBufferPointer) throws {
        try inner.read(variable, elements: elements, into: destination)
        flipLastElement(destination)
    }

    func write(_ variable: Variable, elements: Range<Int>, from source: UnsafeRawBufferPointer) throws {
        try inner.write(variable, elements: elements, from: source)
    }
}

private final class FlawedProgram: CompiledProgram {
    private let inner: any CompiledProgram
    var program: Program { inner.program }

    init(_ inner: any CompiledProgram) { self.inner = inner }

    func setInput(_ index: Int, _ bytes: UnsafeRawBufferPointer) throws { try inner.setInput(index, bytes) }
    func run() throws { try inner.run() }

    func readOutput(_ index: Int, into bytes: UnsafeMutableRawBufferPointer) throws {
        try inner.readOutput(index, into: bytes)
        flipLastElement(bytes)
    }
}

/// Changes bits of the last element so that it differs by far more than a tolerance, whatever it was.
private func flipLastElement(_ bytes: UnsafeMutableRawBufferPointer) {
    guard bytes.count >= 4 else { return }
    let offset = bytes.count - 4
    let bits = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
    bytes.storeBytes(of: bits ^ 0x4080_0000, toByteOffset: offset, as: UInt32.self)
}
