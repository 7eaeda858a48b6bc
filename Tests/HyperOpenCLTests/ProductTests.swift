import HyperReference
import HyperTensor
import Testing

@testable import HyperOpenCL

/// Matrix products under every kind of tiling, and split over k.
extension OpenCLTests {
    @Suite struct ProductTests {
        /// The ends of every range: work-items of 1 to 64 elements, tiles that are no powers of two, one slice and many, one buffer and two.
        static let tilings = [
            MatmulTiling(tileM: 64, tileN: 64, tileK: 16, itemM: 4, itemN: 4),
            MatmulTiling(tileM: 64, tileN: 64, tileK: 16, itemM: 4, itemN: 4, buffers: 1),
            MatmulTiling(tileM: 32, tileN: 32, tileK: 8, itemM: 4, itemN: 4, slices: 4),
            MatmulTiling(tileM: 52, tileN: 64, tileK: 16, itemM: 4, itemN: 4, slices: 2),
            MatmulTiling(tileM: 36, tileN: 64, tileK: 16, itemM: 4, itemN: 4, slices: 2),
            MatmulTiling(tileM: 20, tileN: 32, tileK: 16, itemM: 4, itemN: 4, slices: 4, buffers: 1),
            MatmulTiling(tileM: 16, tileN: 8, tileK: 4, itemM: 1, itemN: 2, slices: 3, buffers: 1),
            MatmulTiling(tileM: 64, tileN: 32, tileK: 8, itemM: 8, itemN: 8),
            MatmulTiling(tileM: 16, tileN: 128, tileK: 32, itemM: 2, itemN: 8, slices: 1, buffers: 1),
        ]

        @Test(arguments: tilings) func productsAgreeWithReferenceUnderEveryTiling(_ tiling: MatmulTiling) throws {
            let backend = try TestDevice.backend(guardElements: 64, tuning: KernelTuning(tilings: [tiling]))
            for op in OpCase.all + OpCase.edgeShapes where op.kind == .matmul {
                let lines = try op.disagreements(on: backend) { compiled in
                    guard let scratch = (compiled as? OpenCLProgram)?.scratch else { return }
                    try scratch.fill(0xFFC0_1234, bytes: 0..<scratch.byteCount)
                }
                #expect(lines.isEmpty, "\(lines.joined(separator: "\n"))")
            }
            #expect(backend.kernelUses["matmul"] ?? 0 > 40)
        }

        /// Bits of `x · w` for `batch` matrices, of which the first two are the same for every batch.
        private func product(_ tiling: MatmulTiling, batch: Int = 2) throws -> [UInt32] {
            let program = try Program.trace("product") { trace in
                let x = trace.input("x", TensorType(.float32, [batch, 70, 45]))
                trace.output("y", x.matmul(trace.input("w", TensorType(.float32, [batch, 45, 90]))).tanh())
            }
            let backend = try TestDevice.backend(tuning: KernelTuning(tilings: [tiling]))
            let compiled = try backend.compile(program, state: backend.makeState(StateLayout()))
            for (index, input) in program.inputs.enumerated() {
                try compiled.setInput(index, (0..<input.type.count).map { Float(($0 * 7919 + index) % 1000) / 500 - 1 })
            }
            try compiled.run()
            return try compiled.output(0).prefix(2 * 70 * 90).map(\.bitPattern)
        }

        @Test func onlySlicesChangeTheBitsOfAProduct() throws {
            var bySlices: [Int: [UInt32]] = [:]
            for tiling in Self.tilings {
                let bits = try product(tiling)
                #expect(bits == bySlices[tiling.slices] ?? bits, "\(tiling)")
                bySlices[tiling.slices] = bits
            }
            #expect(bySlices.count == 4)
            #expect(bySlices[1] != bySlices[4], "four chains of a sum round as one does: the test shows nothing")
        }

        @Test(arguments: [0, 3]) func aProductDoesNotDependOnItsCompanions(_ tiling: Int) throws {
            #expect(try product(Self.tilings[tiling]) == product(Self.tilings[tiling], batch: 5))
        }

        // MARK: Split over k

        /// Every product whose k has a divisor is split, down to pieces of one.
        @Test func splitProductsAgreeWithReference() throws {
            var tuning = KernelTuning()
            tuning.split = ProductSplit(maximumOutputs: 1 << 30, minimumDepth: 1, maximumPieces: 16)
            let backend = try TestDevice.backend(guardElements: 64, tuning: tuning)
            var splits = 0
            for op in OpCase.all + OpCase.edgeShapes where op.kind == .matmul {
                let lines = try op.disagreements(on: backend) { compiled in
                    guard let program = compiled as? OpenCLProgram else { return }
                    try program.scratch.fill(0xFFC0_1234, bytes: 0..<program.scratch.byteCount)
                    splits += program.schedule.launches.filter { $0.launch.isSumOfPieces }.count
                }
                #expect(lines.isEmpty, "\(lines.joined(separator: "\n"))")
            }
            #expect(splits > 50)
        }

        @Test func longSumsOfFewOutputsAreSplit() throws {
            let program = try Program.trace("weight gradient") { trace in
                let x = trace.input("x", TensorType(.float32, [4000, 64])),
                    g = trace.input("g", TensorType(.float32, [4000, 96]))
                trace.output("w", x.matmul(g, transposeLeft: true) * 0.5)
            }
            let split = KernelTuning().split
            func kinds(_ split: ProductSplit) -> [KernelKind] {
                Schedule(program, for: OpenCLBackend.target(split: split)).launches.map { KernelKind($0.launch) }
            }
            #expect(kinds(split) == [.matmul, .reduce, .elementwise])
            #expect(kinds(ProductSplit(maximumPieces: 1)) == [.matmul])
            #expect(split.pieces(m: 64, n: 96, k: 4000) == 5)
            #expect(split.pieces(m: 100, n: 1024, k: 4096) == 1, "a hypernetwork's layers have outputs enough")
            #expect(split.pieces(m: 64, n: 96, k: 1000) == 1)
        }
    }
}

extension Launch {
    /// Whether the launch adds the pieces of a split product: their results are read by nothing else of this shape in the cases here.
    fileprivate var isSumOfPieces: Bool {
        guard case .reduce(.sum, _, let length, let inner, let input, _) = self else { return false }
        return length > 1 && inner > 1 && input.view.shape.count > 2 && input.view.shape.suffix(2).reduce(1, *) == inner
    }
}
