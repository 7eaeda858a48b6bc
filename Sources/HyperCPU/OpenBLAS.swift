import CSIMD
import Glibc

/// Who computes matrix products on the CPU.
public enum CPUProducts: String, Sendable, CaseIterable {
    /// OpenBLAS where it is faster than our own kernels.
    case auto
    case own
    case openblas

    /// What the environment variable `HYPERRL_MATMUL` asks for; `auto` without it.
    ///
    /// - Throws: `CPUError` for a value that is none of these.
    static func fromEnvironment() throws -> CPUProducts {
        guard let text = getenv("HYPERRL_MATMUL").map({ String(cString: $0) }) else { return .auto }
        guard let choice = CPUProducts(rawValue: text) else {
            let values = allCases.map(\.rawValue).joined(separator: ", ")
            throw CPUError("HYPERRL_MATMUL: '\(text)' is not a way to multiply (values: \(values))")
        }
        return choice
    }
}

/// OpenBLAS's `sgemm`, loaded at run time, so that one binary runs with and without the library.
///
/// Our own products are the faster ones with AVX-512 and as fast with AVX2
/// (docs/decisions/004-own-products-and-openblas.md); older CPUs have kernels in OpenBLAS that we have not.
struct OpenBLAS: @unchecked Sendable {
    /// `cblas_sgemm`; a pointer to code, which never changes.
    let sgemm: hr_sgemm

    /// The library if products at `level` are to go through it, else nil.
    ///
    /// - Throws: `CPUError` that names the package if the library is wanted and missing.
    static func wanted(_ products: CPUProducts, at level: CPULevel) throws -> OpenBLAS? {
        switch products {
        case .own: return nil
        case .openblas: return try OpenBLAS()
        case .auto: return level == .baseline ? try OpenBLAS() : nil
        }
    }

    /// Loads the library. Its kernels are chosen while it loads: OpenBLAS 0.3.21 does not know newer CPUs and takes its
    /// Haswell kernels on them, which halves its speed where there is AVX-512.
    private init() throws {
        if hr_kernels_at(HR_LEVEL_V4) != nil { setenv("OPENBLAS_CORETYPE", "SkylakeX", 0) }
        guard let handle = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL) else {
            throw CPUError(
                "libopenblas.so.0 cannot be loaded (\(Self.reason)); install the Debian package libopenblas0-pthread, "
                    + "or set HYPERRL_MATMUL=own")
        }
        guard let sgemm = dlsym(handle, "cblas_sgemm"), let setThreads = dlsym(handle, "openblas_set_num_threads")
        else {
            throw CPUError("libopenblas.so.0 lacks cblas_sgemm (\(Self.reason)); install libopenblas0-pthread")
        }
        // Products are shared out by our own pool: two calls on a thread each beat one call on two threads.
        unsafeBitCast(setThreads, to: (@convention(c) (Int32) -> Void).self)(1)
        self.sgemm = unsafeBitCast(sgemm, to: hr_sgemm.self)
    }

    private static var reason: String { dlerror().map { String(cString: $0) } ?? "no reason given" }
}
