import COpenCL

/// A failure of the OpenCL backend.
public struct OpenCLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line, or several with a build log: the call, its code, the numbers, what to do.
    public let message: String
    /// Whether what is missing is a library or a device, not a fault of one.
    public let isUnavailable: Bool

    init(_ message: String, isUnavailable: Bool = false) {
        self.message = message
        self.isUnavailable = isUnavailable
    }

    /// A call that gave an error code.
    init(_ call: String, _ code: cl_int, _ context: String) {
        self.init("\(call): \(Self.name(of: code)) (\(code)): \(context)\(Self.advice(for: code))")
    }

    public var description: String { "OpenCL: \(message)" }

    /// Throws if `code` is not `CL_SUCCESS`.
    static func check(_ code: cl_int, _ call: String, _ context: @autoclosure () -> String) throws {
        if code != CL_SUCCESS { throw OpenCLError(call, code, context()) }
    }

    private static func advice(for code: cl_int) -> String {
        switch code {
        case CL_MEM_OBJECT_ALLOCATION_FAILURE, CL_OUT_OF_HOST_MEMORY:
            return "; use a smaller replay, fewer seeds or a device with more memory"
        case CL_OUT_OF_RESOURCES:
            return "; memory is short or the device was lost: look at the system log; the last checkpoint is whole"
        case CL_DEVICE_NOT_AVAILABLE, CL_INVALID_COMMAND_QUEUE:
            return "; the device was lost: look at the system log; the last checkpoint is whole"
        default: return ""
        }
    }

    /// The name of an error code in the standard.
    static func name(of code: cl_int) -> String { names[code] ?? "unknown error" }

    private static let names: [cl_int: String] = [
        -1: "CL_DEVICE_NOT_FOUND", -2: "CL_DEVICE_NOT_AVAILABLE", -3: "CL_COMPILER_NOT_AVAILABLE",
        -4: "CL_MEM_OBJECT_ALLOCATION_FAILURE", -5: "CL_OUT_OF_RESOURCES", -6: "CL_OUT_OF_HOST_MEMORY",
        -7: "CL_PROFILING_INFO_NOT_AVAILABLE", -8: "CL_MEM_COPY_OVERLAP", -11: "CL_BUILD_PROGRAM_FAILURE",
        -12: "CL_MAP_FAILURE",
        -13: "CL_MISALIGNED_SUB_BUFFER_OFFSET", -14: "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST",
        -15: "CL_COMPILE_PROGRAM_FAILURE", -16: "CL_LINKER_NOT_AVAILABLE", -17: "CL_LINK_PROGRAM_FAILURE",
        -30: "CL_INVALID_VALUE", -31: "CL_INVALID_DEVICE_TYPE", -32: "CL_INVALID_PLATFORM", -33: "CL_INVALID_DEVICE",
        -34: "CL_INVALID_CONTEXT", -35: "CL_INVALID_QUEUE_PROPERTIES", -36: "CL_INVALID_COMMAND_QUEUE",
        -37: "CL_INVALID_HOST_PTR", -38: "CL_INVALID_MEM_OBJECT", -42: "CL_INVALID_BINARY",
        -43: "CL_INVALID_BUILD_OPTIONS",
        -44: "CL_INVALID_PROGRAM", -45: "CL_INVALID_PROGRAM_EXECUTABLE", -46: "CL_INVALID_KERNEL_NAME",
        -47: "CL_INVALID_KERNEL_DEFINITION", -48: "CL_INVALID_KERNEL", -49: "CL_INVALID_ARG_INDEX",
        -50: "CL_INVALID_ARG_VALUE",
        -51: "CL_INVALID_ARG_SIZE", -52: "CL_INVALID_KERNEL_ARGS", -53: "CL_INVALID_WORK_DIMENSION",
        -54: "CL_INVALID_WORK_GROUP_SIZE", -55: "CL_INVALID_WORK_ITEM_SIZE", -56: "CL_INVALID_GLOBAL_OFFSET",
        -57: "CL_INVALID_EVENT_WAIT_LIST", -58: "CL_INVALID_EVENT", -59: "CL_INVALID_OPERATION",
        -61: "CL_INVALID_BUFFER_SIZE",
        -63: "CL_INVALID_GLOBAL_WORK_SIZE", -64: "CL_INVALID_PROPERTY", -1001: "CL_PLATFORM_NOT_FOUND_KHR",
    ]
}
