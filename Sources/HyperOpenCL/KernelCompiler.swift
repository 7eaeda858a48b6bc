import COpenCL
import Glibc
import HyperTensor

/// Builds kernels for a device, from the disk cache where it can.
final class KernelCompiler {
    private let context: OpenCLContext
    var tuning: KernelTuning
    let cache: ProgramCache
    private var built: [String: cl_program] = [:]
    /// Programs built from source since the start, for tests of the cache.
    private(set) var buildsFromSource = 0
    /// By kernel, how many were asked for.
    private(set) var uses = Dictionary(uniqueKeysWithValues: KernelKind.allCases.map { ($0.function, 0) })

    init(_ context: OpenCLContext, tuning: KernelTuning, cache: ProgramCache) {
        self.context = context
        self.tuning = tuning
        if let refusal = cache.refusal {
            StandardErrorText.writeLine("hyperrl: \(refusal)")
            self.cache = ProgramCache(folder: nil)
        } else {
            self.cache = cache
        }
    }

    deinit {
        for program in built.values { _ = context.cl.clReleaseProgram(program) }
    }

    /// A kernel of its own, whose arguments nobody else sets.
    ///
    /// - Parameters:
    ///   - tiling: Of matmul, the position of its tiling.
    ///   - programs: The generated text for kinds that run elementwise programs.
    /// - Throws: `OpenCLError` with the whole build log.
    func kernel(_ kind: KernelKind, tiling: Int = 0, programs: String?) throws -> cl_kernel {
        let source = try KernelSource.text(of: kind.file, programs: programs)
        let program = try program(source, options: options(for: kind, tiling: tiling), file: kind.file)
        var code: cl_int = 0
        guard let kernel = context.cl.clCreateKernel(program, kind.function, &code) else {
            throw OpenCLError("clCreateKernel", code, "kernel \(kind.function) of \(kind.file)")
        }
        uses[kind.function, default: 0] += 1
        return kernel
    }

    /// Builds a file as it stands, with its own defaults: what an editor or another host would compile.
    func buildAlone(_ file: String) throws {
        _ = try program(KernelSource.text(of: file), options: "-cl-std=CL1.2", file: file)
    }

    /// What the user adds, such as `-cl-opt-disable` for a simulator that does not know every optimised instruction.
    private let extraOptions = getenv("HYPERRL_OPENCL_OPTIONS").map { " " + String(cString: $0) } ?? ""

    private func options(for kind: KernelKind, tiling: Int) -> String {
        // Denormals, NaN and rounding as written; division and roots rounded correctly where the device can.
        "-cl-std=CL1.2 " + (context.device.roundsDivisionCorrectly ? "-cl-fp32-correctly-rounded-divide-sqrt " : "")
            + tuning.options(for: kind, tiling: tiling)
            + (kind.isWide ? " -DPAIRS=\(context.device.hasDoubles ? 0 : 1)" : "") + extraOptions
    }

    /// A built program.
    private func program(_ source: String, options: String, file: String) throws -> cl_program {
        let device = context.device
        let key = [device.platform, device.name, device.version, device.driver, options, source].joined(separator: "\n")
        if let known = built[key] { return known }
        if let binary = cache.binary(for: key), let program = load(binary, options: options) {
            built[key] = program
            return program
        }
        let program = try build(source, options: options, file: file)
        built[key] = program
        buildsFromSource += 1
        if let binary = binary(of: program) { cache.store(binary, for: key) }
        return program
    }

    private func build(_ source: String, options: String, file: String) throws -> cl_program {
        var code: cl_int = 0
        let program = source.withCString { text -> cl_program? in
            var text: UnsafePointer<CChar>? = text
            return context.cl.clCreateProgramWithSource(context.context, 1, &text, nil, &code)
        }
        guard let program else {
            throw OpenCLError("clCreateProgramWithSource", code, "\(file), \(source.utf8.count) bytes")
        }
        var id: cl_device_id? = context.device.id
        let result = context.cl.clBuildProgram(program, 1, &id, options, nil, nil)
        if result != CL_SUCCESS {
            let log = buildLog(of: program)
            _ = context.cl.clReleaseProgram(program)
            throw OpenCLError(
                "clBuildProgram", result,
                "\(file) with '\(options)' on \(context.device.name); the compiler says:\n\(log)")
        }
        return program
    }

    private func buildLog(of program: cl_program) -> String {
        var size = 0
        let what = cl_program_build_info(CL_PROGRAM_BUILD_LOG)
        guard context.cl.clGetProgramBuildInfo(program, context.device.id, what, 0, nil, &size) == CL_SUCCESS else {
            return "(no log)"
        }
        var bytes = [UInt8](repeating: 0, count: size)
        guard context.cl.clGetProgramBuildInfo(program, context.device.id, what, size, &bytes, nil) == CL_SUCCESS else {
            return "(no log)"
        }
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// The program of a stored binary; nil if the driver does not take it any more.
    private func load(_ binary: [UInt8], options: String) -> cl_program? {
        var id: cl_device_id? = context.device.id
        var (status, code): (cl_int, cl_int) = (0, 0)
        var size = binary.count
        let program = binary.withUnsafeBufferPointer { bytes -> cl_program? in
            var base = bytes.baseAddress
            return context.cl.clCreateProgramWithBinary(context.context, 1, &id, &size, &base, &status, &code)
        }
        guard let program else { return nil }
        if code == CL_SUCCESS, status == CL_SUCCESS,
            context.cl.clBuildProgram(program, 1, &id, options, nil, nil) == CL_SUCCESS
        {
            return program
        }
        _ = context.cl.clReleaseProgram(program)
        return nil
    }

    private func binary(of program: cl_program) -> [UInt8]? {
        var size = 0
        let word = MemoryLayout<Int>.size
        guard
            context.cl.clGetProgramInfo(program, cl_program_info(CL_PROGRAM_BINARY_SIZES), word, &size, nil)
                == CL_SUCCESS, size > 0
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: size)
        let code = bytes.withUnsafeMutableBufferPointer { buffer -> cl_int in
            var base = buffer.baseAddress
            return context.cl.clGetProgramInfo(
                program, cl_program_info(CL_PROGRAM_BINARIES), MemoryLayout<UnsafeMutablePointer<UInt8>?>.size, &base,
                nil)
        }
        return code == CL_SUCCESS ? bytes : nil
    }
}
