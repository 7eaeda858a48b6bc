import COpenCL
import Glibc

/// The OpenCL library of this system, loaded when it is first asked for.
final class OpenCLLibrary: @unchecked Sendable {
    // Written once, before the object is shared.
    let functions: hr_opencl
    /// The name under which it was found.
    let path: String

    /// The library, or why there is none.
    static let shared = Result { try OpenCLLibrary() }

    private init() throws {
        let override = getenv("HYPERRL_OPENCL_LIBRARY").map { String(cString: $0) }
        let candidates = override.map { [$0] } ?? ["libOpenCL.so.1", "libOpenCL.so"]
        var reasons: [String] = []
        for candidate in candidates {
            var functions = hr_opencl()
            guard let reason = hr_opencl_load(candidate, &functions) else {
                self.functions = functions
                path = candidate
                return
            }
            reasons.append(String(cString: reason))
        }
        throw OpenCLError(
            "no OpenCL library: looked for \(candidates.joined(separator: " and ")) (\(reasons[0])); install the loader "
                + "(Debian: ocl-icd-libopencl1) and the driver of your GPU, or use --backend cpu", isUnavailable: true)
    }
}
