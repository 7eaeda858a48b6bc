import Glibc
import HyperTensor
import Testing

@testable import HyperOpenCL

/// All suites of this target, one test after another: PoCL 3.1 crashes when several threads build programs at once.
@Suite(.serialized) enum OpenCLTests {}

/// The device that the suite runs on: PoCL's, or the one that `HYPERRL_TEST_DEVICE` numbers. The tests need one.
enum TestDevice {
    static func any() throws -> OpenCLDevice {
        if let index = getenv("HYPERRL_TEST_DEVICE").flatMap({ Int(String(cString: $0)) }) {
            return try OpenCLDevice.chosen(index)
        }
        let devices = try OpenCLDevice.all()
        guard let device = devices.first(where: { $0.platform.hasPrefix("Portable") }) ?? devices.first else {
            throw OpenCLError("the tests need an OpenCL device; install pocl-opencl-icd", isUnavailable: true)
        }
        return device
    }

    /// One backend for all tests: kernels are compiled once.
    ///
    /// - Parameter tuning: nil takes the device's defaults, whatever its owner has tuned.
    static func backend(
        guardElements: Int = 0, tuning: KernelTuning? = nil, cache: ProgramCache = .standard
    ) throws -> OpenCLBackend {
        let device = try any()
        return try OpenCLBackend(
            device, tuning: tuning ?? KernelTuning(for: device), cache: cache, guardElements: guardElements)
    }
}

enum TestPrograms {
    /// `y = 2 x`, `[3]`.
    static func doubling() throws -> Program {
        try Program.trace("double") { trace in trace.output("y", trace.input("x", TensorType(.float32, [3])) * 2) }
    }
}

/// A folder that is removed with the object.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/hyperrl-opencl-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw TensorError("mkdtemp: \(String(cString: strerror(errno)))") }
        path = String(cString: made)
    }

    deinit {
        for name in (try? files()) ?? [] { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    func files() throws -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
