import HyperOpenCL

/// The sizes that `hyperbench tune` tries.
enum TuningCandidates {
    /// Tiles of whole groups, one slice, double buffering where it fits: which shape of tile suits a call.
    static func tiles(on device: OpenCLDevice) -> [MatmulTiling] {
        // Those whose rows are no power of two hold a batch of 100 with little padding: 5 x 20, 3 x 36, 2 x 52, 100.
        let tiles = [
            (16, 16), (32, 32), (32, 64), (64, 32), (64, 64), (64, 128), (128, 64), (128, 128), (20, 32), (36, 64),
            (52, 32),
            (52, 64), (100, 32), (100, 64),
        ]
        let items = [(2, 2), (4, 4), (4, 8), (8, 4), (8, 8)]
        return tiles.flatMap { m, n in
            items.map { MatmulTiling(tileM: m, tileN: n, tileK: 16, itemM: $0.0, itemN: $0.1) }
        }.filter { (32...512).contains($0.groupSize) && fits($0, device) }
    }

    /// A tiling with its other sizes changed one at a time: depth, slices, buffers.
    static func neighbours(of tiling: MatmulTiling, on device: OpenCLDevice) -> [MatmulTiling] {
        func changed(_ change: (inout MatmulTiling) -> Void) -> MatmulTiling {
            var result = tiling
            change(&result)
            return result
        }
        return
            ([8, 32].map { depth in changed { $0.tileK = depth } }
            + [2, 4, 8].map { slices in changed { $0.slices = slices } }
            + [4].map { slices in
                changed {
                    $0.slices = slices
                    $0.tileK = 8
                }
            } + [changed { $0.buffers = 1 }]).filter { fits($0, device) }
    }

    /// Groups and elements a group of all other kernels.
    static func groups(_ base: KernelTuning, on device: OpenCLDevice) -> [KernelTuning] {
        [64, 128, 256, 512].flatMap { size in
            [1, 2, 4, 8].map { each in
                var tuning = base
                tuning.groupSize = size
                tuning.groupElements = 4 * size * each
                return tuning
            }
        }.filter { $0.problem(on: device) == nil }
    }

    /// Whether and how far products of few outputs are cut over k; the usual way first.
    static func splits(_ base: KernelTuning) -> [KernelTuning] {
        [
            ProductSplit(), ProductSplit(maximumPieces: 1), ProductSplit(maximumOutputs: 131_072, minimumDepth: 256),
        ].map { split in
            var tuning = base
            tuning.split = split
            return tuning
        }
    }

    private static func fits(_ tiling: MatmulTiling, _ device: OpenCLDevice) -> Bool {
        KernelTuning(tilings: [tiling]).problem(on: device) == nil
    }
}

extension MatmulTiling {
    /// `64x64x16, items 4x4`, and what differs from one slice and two buffers.
    var text: String {
        "\(tileM)x\(tileN)x\(tileK), items \(itemM)x\(itemN)" + (slices == 1 ? "" : ", \(slices) slices")
            + (buffers == 2 ? "" : ", \(buffers) buffer")
    }
}

extension ProductSplit {
    var text: String {
        maximumPieces == 1 ? "never" : "up to \(maximumOutputs) outputs, pieces of \(minimumDepth) or more"
    }
}
