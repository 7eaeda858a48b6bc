/// Sizes that the kernels are compiled with, for one device.
///
/// Results depend on `groupSize` (the tree of a sum), on the `slices` of a tiling and on `split`; on nothing else here. All of them are
/// chosen by shapes of one replica, so a seed's results do not depend on its companions.
public struct KernelTuning: Hashable, Sendable {
    /// Work-items of a group of every kernel but matmul; a power of two.
    public var groupSize: Int
    /// Elements that a group of a flat kernel works on; a multiple of 4 times `groupSize`.
    public var groupElements: Int
    /// Tilings of matmul, for calls of ever more outputs; the last one takes every call.
    public var tilings: [MatmulTiling]
    /// When a product is split over k into several, whose results are added afterwards.
    public var split: ProductSplit

    public init(
        groupSize: Int = 256, groupElements: Int = 4096, tilings: [MatmulTiling] = Self.defaultTilings,
        split: ProductSplit = ProductSplit()
    ) {
        self.groupSize = groupSize
        self.groupElements = groupElements
        self.tilings = tilings
        self.split = split
    }

    /// What runs well on most GPUs: many small tiles with their depth shared among slices where a call has few outputs, else 64 by 64.
    public static let defaultTilings = [
        MatmulTiling(tileM: 32, tileN: 32, tileK: 8, itemM: 4, itemN: 4, slices: 4, maximumOutputs: 131_072),
        MatmulTiling(tileM: 64, tileN: 64, tileK: 16, itemM: 4, itemN: 4),
    ]

    /// The defaults, lowered to what the device can run.
    public init(for device: OpenCLDevice) {
        self.init()
        if device.isSimulated {
            // Its cases are small: they are to meet both tilings, and both numbers of buffers.
            tilings[0].maximumOutputs = 512
            tilings[1].buffers = 1
        } else if !device.isGPU {
            // A processor takes a group's work-items in turn: slices are only more of them. Measured with PoCL 3.1 on 4 x [100, 1024]
            // [1024, 1024]: 3.3 GFLOP/s this way, 2.3 with 64 by 64 and two buffers, 0.8 with four slices.
            tilings = [MatmulTiling(tileM: 32, tileN: 32, tileK: 8, itemM: 4, itemN: 4, buffers: 1)]
        }
        while groupSize > max(32, device.largestUsefulGroup) { groupSize /= 2 }
        for index in tilings.indices {
            // Fewer slices first: they cost the least. A quarter of the tile next.
            while tilings[index].problem(
                largestGroup: device.largestUsefulGroup, localMemoryBytes: device.localMemoryBytes) != nil
            {
                if tilings[index].slices > 2 {
                    tilings[index].slices /= 2
                } else if tilings[index].tileM > 16 {
                    tilings[index].tileM /= 2
                    tilings[index].tileN /= 2
                } else if tilings[index].slices > 1 {
                    tilings[index].slices = 1
                } else {
                    break
                }
            }
        }
    }

    /// Why the device cannot run with these sizes, with the numbers; nil if it can.
    public func problem(on device: OpenCLDevice) -> String? {
        if let problem { return problem }
        if groupSize > device.maximumGroupSize {
            return "group_size is \(groupSize), the device takes \(device.maximumGroupSize)"
        }
        for (index, tiling) in tilings.enumerated() {
            if let problem = tiling.problem(
                largestGroup: device.maximumGroupSize, localMemoryBytes: device.localMemoryBytes)
            {
                return "matmul[\(index)]: \(problem)"
            }
        }
        return nil
    }

    /// Why no device can run with these sizes; nil if one might.
    var problem: String? {
        guard (32...1024).contains(groupSize), groupSize & (groupSize - 1) == 0 else {
            return "group_size is \(groupSize), not a power of two from 32 to 1024"
        }
        guard (1...1 << 20).contains(groupElements), groupElements % (4 * groupSize) == 0 else {
            return
                "group_elements is \(groupElements), not a multiple of 4 work-items' worth (\(4 * groupSize)) up to \(1 << 20)"
        }
        for (index, tiling) in tilings.enumerated() {
            if let problem = tiling.problem { return "matmul[\(index)]: \(problem)" }
        }
        guard let last = tilings.last, last.maximumOutputs == nil else {
            return "matmul has no last entry without outputs_at_most, to take the largest calls"
        }
        let limits = tilings.dropLast().map { $0.maximumOutputs ?? Int.max }
        guard zip(limits, limits.dropFirst()).allSatisfy({ $0 < $1 }), !limits.contains(Int.max) else {
            return "the entries of matmul are not in the order of outputs_at_most"
        }
        return split.problem
    }

    /// The position of the tiling for a call of so many outputs.
    func tiling(outputs: Int) -> Int {
        tilings.firstIndex { outputs <= $0.maximumOutputs ?? .max } ?? tilings.count - 1
    }

    /// Compiler options that set the sizes for a kernel's file.
    func options(for kind: KernelKind, tiling: Int) -> String {
        switch kind {
        case .matmul: return tilings[tiling].options
        case .dynamicLinear, .elementwise, .reduce, .gather, .scatterAdd, .assignRows, .random, .adam, .softUpdate,
            .wideElementwise, .wideSum, .dot:
            return "-DWGS=\(groupSize) -DGROUP_ELEMENTS=\(groupElements)"
        }
    }

    func localSize(for kind: KernelKind, tiling: Int) -> Int { kind == .matmul ? tilings[tiling].groupSize : groupSize }
}

/// When a product of few outputs and a long sum is cut over k into several products and a sum (split-K over work-groups).
///
/// It costs one launch more, so it is for sums much longer than a batch of 100.
public struct ProductSplit: Hashable, Sendable {
    /// Rows times columns of one matrix, at most.
    public var maximumOutputs: Int
    /// The least k of each piece.
    public var minimumDepth: Int
    /// Pieces at most; 1 never splits.
    public var maximumPieces: Int

    public init(maximumOutputs: Int = 65_536, minimumDepth: Int = 512, maximumPieces: Int = 16) {
        self.maximumOutputs = maximumOutputs
        self.minimumDepth = minimumDepth
        self.maximumPieces = maximumPieces
    }

    /// Pieces of equal depth that a product is cut into; 1 leaves it whole. Follows from one matrix alone.
    func pieces(m: Int, n: Int, k: Int) -> Int {
        guard m * n <= maximumOutputs, k >= 2 * minimumDepth else { return 1 }
        let most = min(maximumPieces, k / minimumDepth)
        return most < 2 ? 1 : (2...most).last { k % $0 == 0 } ?? 1
    }

    var problem: String? {
        guard maximumOutputs >= 0, minimumDepth >= 1, (1...1024).contains(maximumPieces) else {
            return
                "split: outputs_at_most \(maximumOutputs), inner_at_least \(minimumDepth) and pieces_at_most \(maximumPieces) must be "
                + "at least 0, at least 1, and 1 to 1024"
        }
        return nil
    }
}
