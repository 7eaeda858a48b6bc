/// Sizes that matmul.cl is compiled with, and the calls they are meant for.
///
/// Of these only `slices` changes the bits of a product: it is the number of chains that a sum over k is cut into.
public struct MatmulTiling: Hashable, Sendable {
    /// Rows of the result that a work-group computes; a multiple of 4 and of `itemM`.
    public var tileM: Int
    /// Columns of the result that a work-group computes; a multiple of 4 and of `itemN`.
    public var tileN: Int
    /// Depth that a slice holds in local memory; a multiple of 4.
    public var tileK: Int
    /// Rows of a work-item: 1, 2, 4 or 8.
    public var itemM: Int
    /// Columns of a work-item: 1, 2, 4 or 8.
    public var itemN: Int
    /// Parts of a work-group that each sum over a range of k (split-K inside a group).
    public var slices: Int
    /// Tiles that a slice holds: with 2 the next one is written while the last one is in use.
    public var buffers: Int
    /// The largest call that this tiling is for, in outputs: rows times columns, summed over the products of a call, one matrix of each.
    /// nil takes every call.
    public var maximumOutputs: Int?

    public init(
        tileM: Int, tileN: Int, tileK: Int, itemM: Int, itemN: Int, slices: Int = 1, buffers: Int = 2,
        maximumOutputs: Int? = nil
    ) {
        self.tileM = tileM
        self.tileN = tileN
        self.tileK = tileK
        self.itemM = itemM
        self.itemN = itemN
        self.slices = slices
        self.buffers = buffers
        self.maximumOutputs = maximumOutputs
    }

    /// Work-items of a group.
    public var groupSize: Int { tileM / max(1, itemM) * (tileN / max(1, itemN)) * slices }

    /// Local memory of a group: tiles while it sums, the slices' sums afterwards.
    public var localBytes: Int { max(slices * buffers * tileK * (tileM + tileN + 8), slices * tileM * tileN) * 4 }

    /// Compiler options that set the sizes.
    var options: String {
        "-DTILE_M=\(tileM) -DTILE_N=\(tileN) -DTILE_K=\(tileK) -DITEM_M=\(itemM) -DITEM_N=\(itemN) -DSLICES=\(slices) -DBUFFERS=\(buffers)"
    }

    /// Why these sizes cannot be compiled at all, with the numbers; nil if they can.
    var problem: String? {
        for (name, value, range) in [
            ("tile_m", tileM, 4...256), ("tile_n", tileN, 4...256), ("tile_k", tileK, 4...64),
            ("slices", slices, 1...16),
            ("buffers", buffers, 1...2),
        ] where !range.contains(value) {
            return "\(name) is \(value), outside \(range.lowerBound) to \(range.upperBound)"
        }
        for (name, value) in [("tile_m", tileM), ("tile_n", tileN), ("tile_k", tileK)] where value % 4 != 0 {
            return "\(name) is \(value), not a multiple of 4"
        }
        for (name, item, tile) in [("item_m", itemM, tileM), ("item_n", itemN, tileN)] {
            guard [1, 2, 4, 8].contains(item) else { return "\(name) is \(item), not 1, 2, 4 or 8" }
            guard tile % item == 0 else { return "\(name) is \(item), which does not divide a tile of \(tile)" }
        }
        if let maximumOutputs, maximumOutputs < 1 { return "outputs_at_most is \(maximumOutputs), not above 0" }
        return nil
    }

    /// Why a device cannot run these sizes; nil if it can.
    ///
    /// - Parameters:
    ///   - largestGroup: Work-items that a group may have.
    ///   - localMemoryBytes: Local memory that a group may have.
    func problem(largestGroup: Int, localMemoryBytes: Int) -> String? {
        if let problem { return problem }
        if groupSize > largestGroup { return "a group has \(groupSize) work-items, the device takes \(largestGroup)" }
        if localBytes > localMemoryBytes {
            return "a group needs \(localBytes) bytes of local memory, the device has \(localMemoryBytes)"
        }
        return nil
    }
}
