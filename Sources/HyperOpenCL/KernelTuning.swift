/// Sizes that the kernels are compiled with.
///
/// Results do not depend on the tile of a matmul, nor on `groupElements`; they do depend on `groupSize` in sums, which is why it
/// is the same everywhere unless a device cannot run it.
struct KernelTuning: Hashable, Sendable {
    /// Work-items of a group, a power of two.
    var groupSize = 256
    /// Elements that a group of a flat kernel works on.
    var groupElements = 1024
    var tileM = 64
    var tileN = 64
    var tileK = 16
    var itemM = 4
    var itemN = 4

    var matmulGroupSize: Int { tileM / itemM * (tileN / itemN) }
    private var matmulLocalBytes: Int { (tileM + tileN + 2) * tileK * 4 }

    /// The defaults, lowered to what the device can run.
    init(for device: OpenCLDevice) {
        while groupSize > max(32, device.largestUsefulGroup) { groupSize /= 2 }
        while tileM > 16, matmulGroupSize > device.largestUsefulGroup || matmulLocalBytes > device.localMemoryBytes {
            tileM /= 2
            tileN /= 2
        }
    }

    /// Compiler options that set the sizes for a kernel's file.
    func options(for kind: KernelKind) -> String {
        switch kind {
        case .matmul: return "-DTILE_M=\(tileM) -DTILE_N=\(tileN) -DTILE_K=\(tileK) -DITEM_M=\(itemM) -DITEM_N=\(itemN)"
        case .dynamicLinear, .elementwise, .reduce, .gather, .scatterAdd, .assignRows, .random, .adam, .softUpdate:
            return "-DWGS=\(groupSize) -DGROUP_ELEMENTS=\(groupElements)"
        }
    }

    func localSize(for kind: KernelKind) -> Int { kind == .matmul ? matmulGroupSize : groupSize }
}
