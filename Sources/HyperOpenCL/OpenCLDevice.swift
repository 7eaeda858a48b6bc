import COpenCL
import Glibc

/// A device that OpenCL offers, with what choosing and using it needs.
public struct OpenCLDevice: @unchecked Sendable {
    // The handles stay valid for the life of the process.
    let id: cl_device_id
    /// Its position among all devices of all platforms, as `--device` takes it.
    public let index: Int
    public let platform: String
    public let name: String
    public let version: String
    public let driver: String
    public let isGPU: Bool
    public let memoryBytes: Int
    /// The largest single buffer.
    public let maximumBufferBytes: Int
    public let localMemoryBytes: Int
    public let maximumGroupSize: Int
    public let computeUnits: Int
    let roundsDivisionCorrectly: Bool
    /// Whether kernels compute in double; otherwise float64 is a pair of floats there (Kernels/doubles.cl).
    public internal(set) var hasDoubles: Bool

    /// All devices of all platforms, in the library's order.
    ///
    /// - Throws: `OpenCLError` that is unavailable if there is no OpenCL library.
    public static func all() throws -> [OpenCLDevice] { try found.get() }

    /// Looked for once: loaders and drivers do not survive two threads that ask for the first time together.
    private static let found = Result { try look() }

    private static func look() throws -> [OpenCLDevice] {
        let cl = try OpenCLLibrary.shared.get().functions
        var platformCount: cl_uint = 0
        let code = cl.clGetPlatformIDs(0, nil, &platformCount)
        if code == -1001 || platformCount == 0 { return [] }
        try OpenCLError.check(code, "clGetPlatformIDs", "counting platforms")
        var platforms = [cl_platform_id?](repeating: nil, count: Int(platformCount))
        try OpenCLError.check(
            cl.clGetPlatformIDs(platformCount, &platforms, nil), "clGetPlatformIDs", "\(platformCount) platforms")
        var result: [OpenCLDevice] = []
        for platform in platforms.compactMap({ $0 }) {
            var count: cl_uint = 0
            // A driver without its hardware has a platform and no devices.
            guard cl.clGetDeviceIDs(platform, cl_device_type(CL_DEVICE_TYPE_ALL), 0, nil, &count) == CL_SUCCESS,
                count > 0
            else {
                continue
            }
            var devices = [cl_device_id?](repeating: nil, count: Int(count))
            try OpenCLError.check(
                cl.clGetDeviceIDs(platform, cl_device_type(CL_DEVICE_TYPE_ALL), count, &devices, nil), "clGetDeviceIDs",
                "\(count) devices")
            let platformName = try text {
                cl.clGetPlatformInfo(platform, cl_platform_info(CL_PLATFORM_NAME), $0, $1, $2)
            }
            for device in devices.compactMap({ $0 }) {
                result.append(try OpenCLDevice(device, index: result.count, platform: platformName, cl))
            }
        }
        return result
    }

    private init(_ id: cl_device_id, index: Int, platform: String, _ cl: hr_opencl) throws {
        func text(_ what: Int32) throws -> String {
            try Self.text { cl.clGetDeviceInfo(id, cl_device_info(what), $0, $1, $2) }
        }
        func number<T: FixedWidthInteger>(_ what: Int32, _: T.Type) throws -> T {
            var value: T = 0
            try OpenCLError.check(
                cl.clGetDeviceInfo(id, cl_device_info(what), MemoryLayout<T>.size, &value, nil), "clGetDeviceInfo",
                "property 0x\(String(what, radix: 16))")
            return value
        }
        self.id = id
        self.index = index
        self.platform = platform
        name = try text(CL_DEVICE_NAME)
        version = try text(CL_DEVICE_VERSION)
        driver = try text(CL_DRIVER_VERSION)
        isGPU = try number(CL_DEVICE_TYPE, cl_device_type.self) & cl_device_type(CL_DEVICE_TYPE_GPU) != 0
        memoryBytes = Int(clamping: try number(CL_DEVICE_GLOBAL_MEM_SIZE, cl_ulong.self))
        maximumBufferBytes = Int(clamping: try number(CL_DEVICE_MAX_MEM_ALLOC_SIZE, cl_ulong.self))
        localMemoryBytes = Int(clamping: try number(CL_DEVICE_LOCAL_MEM_SIZE, cl_ulong.self))
        maximumGroupSize = try number(CL_DEVICE_MAX_WORK_GROUP_SIZE, Int.self)
        computeUnits = Int(try number(CL_DEVICE_MAX_COMPUTE_UNITS, cl_uint.self))
        let rounding = try number(CL_DEVICE_SINGLE_FP_CONFIG, cl_device_fp_config.self)
        // Optional in OpenCL 1.2: older drivers do not know the question.
        let doubles = try? number(CL_DEVICE_DOUBLE_FP_CONFIG, cl_device_fp_config.self)
        hasDoubles = (doubles ?? 0) != 0 && getenv("HYPERRL_OPENCL_PAIRS") == nil
        roundsDivisionCorrectly = rounding & cl_device_fp_config(CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0
    }

    private static func text(_ get: (Int, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>?) -> cl_int) throws
        -> String
    {
        var size = 0
        try OpenCLError.check(get(0, nil, &size), "clGetDeviceInfo", "size of a text")
        var bytes = [UInt8](repeating: 0, count: size)
        try OpenCLError.check(get(size, &bytes, nil), "clGetDeviceInfo", "text of \(size) bytes")
        let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        return String(text.drop { $0 == " " })
    }
}

extension OpenCLDevice {
    /// Why `auto` passes this device over; nil if it would take it.
    public var reasonAgainst: String? { Self.reasonAgainst(platform: platform, name: name, isGPU: isGPU) }

    static func reasonAgainst(platform: String, name: String, isGPU: Bool) -> String? {
        if platform.hasPrefix("Portable Computing Language") { return "PoCL: for tests" }
        let simulators = ["oclgrind", "llvmpipe", "softpipe", "swrast", "simulator", "emulat"]
        if let found = simulators.first(where: { "\(platform) \(name)".lowercased().contains($0) }) {
            return "a simulator (\(found))"
        }
        return isGPU ? nil : "no GPU: the CPU backend is faster there"
    }

    /// The device that `auto` takes: the first GPU that is one; nil if there is none, or no OpenCL.
    public static func automatic() -> OpenCLDevice? { (try? all())?.first { $0.reasonAgainst == nil } }

    /// The device at an index, or the one that `auto` would take.
    ///
    /// - Throws: `OpenCLError` that is unavailable, with what there is.
    public static func chosen(_ index: Int?) throws -> OpenCLDevice {
        let devices = try all()
        if let index {
            if let device = devices.first(where: { $0.index == index }) { return device }
            let range = devices.isEmpty ? "OpenCL offers none" : "there are 0 to \(devices.count - 1)"
            throw OpenCLError("no device \(index): \(range); see 'hyperrl list devices'", isUnavailable: true)
        }
        if let device = devices.first(where: { $0.reasonAgainst == nil }) { return device }
        guard !devices.isEmpty else {
            throw OpenCLError(
                "no GPU: the loader knows no device (no file in /etc/OpenCL/vendors fits); install the OpenCL driver of your GPU "
                    + "(NVIDIA: nvidia-opencl-icd), or use --backend cpu", isUnavailable: true)
        }
        let found = devices.map { "\($0.index) \($0.name) (\($0.reasonAgainst ?? ""))" }.joined(separator: ", ")
        throw OpenCLError(
            "no GPU: found only \(found); install the OpenCL driver of your GPU (NVIDIA: nvidia-opencl-icd), choose one of these with "
                + "--device, or use --backend cpu", isUnavailable: true)
    }
}
