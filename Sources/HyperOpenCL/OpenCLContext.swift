import COpenCL

/// A device in use: its context and the one in-order queue on which everything runs.
final class OpenCLContext {
    let device: OpenCLDevice
    /// The library's functions; tests put failing ones in their place.
    var cl: hr_opencl
    let context: cl_context
    let queue: cl_command_queue
    private var timingQueue: cl_command_queue?

    init(_ device: OpenCLDevice) throws {
        self.device = device
        cl = try OpenCLLibrary.shared.get().functions
        var code: cl_int = 0
        var id: cl_device_id? = device.id
        guard let context = cl.clCreateContext(nil, 1, &id, nil, nil, &code) else {
            throw OpenCLError("clCreateContext", code, "device \(device.index), \(device.name)")
        }
        guard let queue = cl.clCreateCommandQueue(context, device.id, 0, &code) else {
            _ = cl.clReleaseContext(context)
            throw OpenCLError("clCreateCommandQueue", code, "device \(device.index), \(device.name)")
        }
        self.context = context
        self.queue = queue
    }

    deinit {
        _ = cl.clFinish(queue)
        _ = cl.clReleaseCommandQueue(queue)
        if let timingQueue { _ = cl.clReleaseCommandQueue(timingQueue) }
        _ = cl.clReleaseContext(context)
    }

    /// A second queue, whose events tell their times, made when it is first asked for: training's own queue keeps no times.
    ///
    /// What runs on one queue must be finished before anything is enqueued on the other.
    func profilingQueue() throws -> cl_command_queue {
        if let timingQueue { return timingQueue }
        var code: cl_int = 0
        let properties = cl_command_queue_properties(CL_QUEUE_PROFILING_ENABLE)
        guard let queue = cl.clCreateCommandQueue(context, device.id, properties, &code) else {
            throw OpenCLError("clCreateCommandQueue", code, "with times, device \(device.index), \(device.name)")
        }
        timingQueue = queue
        return queue
    }

    /// Starts what has been enqueued.
    func flush() throws { try OpenCLError.check(cl.clFlush(queue), "clFlush", "device \(device.name)") }

    /// Waits for everything that has been enqueued.
    func finish() throws { try OpenCLError.check(cl.clFinish(queue), "clFinish", "device \(device.name)") }
}

/// Memory of a device.
final class OpenCLBuffer {
    let memory: cl_mem
    let byteCount: Int
    private let context: OpenCLContext
    private let purpose: String

    /// Reserves at least `byteCount` bytes, filled with `pattern`, or with anything if it is nil.
    ///
    /// - Throws: `OpenCLError` with the bytes if the device refuses.
    init(_ context: OpenCLContext, byteCount: Int, purpose: String, pattern: UInt32? = 0) throws {
        // An empty buffer is no argument for a kernel.
        let size = max(256, (byteCount + 255) / 256 * 256)
        self.context = context
        self.purpose = purpose
        self.byteCount = size
        let limit = context.device.maximumBufferBytes
        guard size <= limit else {
            throw OpenCLError(
                "\(size) bytes of \(purpose): \(context.device.name) takes at most \(limit) in one buffer; use a smaller replay or fewer seeds"
            )
        }
        var code: cl_int = 0
        guard let memory = context.cl.clCreateBuffer(context.context, cl_mem_flags(CL_MEM_READ_WRITE), size, nil, &code)
        else {
            throw OpenCLError("clCreateBuffer", code, "\(size) bytes of \(purpose) on \(context.device.name)")
        }
        self.memory = memory
        if let pattern { try fill(pattern, bytes: 0..<size) }
    }

    deinit {
        if !context.device.keepsBuffers { _ = context.cl.clReleaseMemObject(memory) }
    }

    /// Writes a pattern over a range of bytes whose ends are multiples of 4.
    func fill(_ pattern: UInt32, bytes: Range<Int>) throws {
        if bytes.isEmpty { return }
        if context.device.takesWholeWritesOnly {
            let words = [UInt32](repeating: pattern, count: bytes.count / 4)
            return try words.withUnsafeBytes { try write(at: bytes.lowerBound, from: $0) }
        }
        var pattern = pattern
        try OpenCLError.check(
            context.cl.clEnqueueFillBuffer(
                context.queue, memory, &pattern, 4, bytes.lowerBound, bytes.count, 0, nil, nil),
            "clEnqueueFillBuffer", "\(bytes.count) bytes of \(purpose) on \(context.device.name)")
    }

    /// Copies from the device, after everything enqueued before.
    func read(at offset: Int, into bytes: UnsafeMutableRawBufferPointer) throws {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return }
        try OpenCLError.check(
            context.cl.clEnqueueReadBuffer(
                context.queue, memory, cl_bool(CL_TRUE), offset, bytes.count, base, 0, nil, nil), "clEnqueueReadBuffer",
            "\(bytes.count) bytes at \(offset) of \(purpose) (\(byteCount) bytes)")
    }

    /// Copies to the device, after everything enqueued before; the source is free when this returns.
    func write(at offset: Int, from bytes: UnsafeRawBufferPointer) throws {
        guard bytes.count > 0 else { return }
        if context.device.takesWholeWritesOnly, bytes.count < byteCount, offset + bytes.count <= byteCount {
            var whole = [UInt8](repeating: 0, count: byteCount)
            try whole.withUnsafeMutableBytes { whole in
                try read(at: 0, into: whole)
                UnsafeMutableRawBufferPointer(rebasing: whole[offset..<offset + bytes.count]).copyMemory(from: bytes)
                try enqueueWrite(at: 0, from: UnsafeRawBufferPointer(whole))
            }
        } else {
            try enqueueWrite(at: offset, from: bytes)
        }
    }

    private func enqueueWrite(at offset: Int, from bytes: UnsafeRawBufferPointer) throws {
        try OpenCLError.check(
            context.cl.clEnqueueWriteBuffer(
                context.queue, memory, cl_bool(CL_TRUE), offset, bytes.count, bytes.baseAddress, 0, nil, nil),
            "clEnqueueWriteBuffer",
            "\(bytes.count) bytes at \(offset) of \(purpose) (\(byteCount) bytes)")
    }
}
