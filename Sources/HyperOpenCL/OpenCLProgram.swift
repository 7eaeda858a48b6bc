import COpenCL
import Glibc
import HyperTensor

/// A program whose kernels have every argument bound: a run enqueues them one after another.
final class OpenCLProgram: CompiledProgram {
    let program: Program
    /// What the launches were made from.
    let schedule: Schedule
    let scratch: OpenCLBuffer

    let context: OpenCLContext
    private let state: OpenCLStateStore
    /// Inputs, then constants.
    let host: OpenCLBuffer
    private let table: OpenCLBuffer
    let inputs: InputStaging
    private(set) var launches: [BoundLaunch] = []
    /// Launches at the beginning that `runPrepared` leaves out.
    private var preparedCount = 0
    /// By output, its first byte in scratch.
    private var outputs: [Int] = []
    /// Whether scratch holds outputs, or will once the queue has come to them.
    var hasRun = false

    init(_ schedule: Schedule, state: OpenCLStateStore, backend: OpenCLBackend) throws {
        let program = schedule.program
        self.program = program
        self.state = state
        let context = backend.context
        self.context = context
        self.schedule = schedule
        let inputs = InputStaging(program.inputs, context: context)
        self.inputs = inputs

        // Constants follow the inputs.
        var constants: [(offset: Int, bytes: [UInt32])] = []
        var hostEnd = (inputs.byteCount + 255) / 256 * 256
        let places = try schedule.values.map { value -> DevicePlace in
            let element = value.type.element
            switch value.storage {
            case .input(let index):
                return DevicePlace(buffer: 1, offset: inputs.ranges[index].lowerBound / 4, element: element)
            case .constant(let numbers):
                constants.append((hostEnd, OpenCLProgram.words(numbers, element, context.device)))
                defer { hostEnd += (value.type.byteCount + 255) / 256 * 256 }
                return DevicePlace(buffer: 1, offset: hostEnd / 4, element: element)
            case .variable(let variable, _):
                let place = try state.place(of: variable)
                return DevicePlace(buffer: 2 + place.buffer, offset: place.offset, element: element)
            case .scratch(let offset): return DevicePlace(buffer: 0, offset: offset, element: element)
            }
        }
        // Never read before it is written, so it needs no contents; a simulator that watches for that must see it empty.
        scratch = try OpenCLBuffer(
            context, byteCount: schedule.scratchCount * 4, purpose: "scratch of program '\(program.name)'", pattern: nil
        )
        let host = try OpenCLBuffer(context, byteCount: hostEnd, purpose: "inputs of program '\(program.name)'")
        self.host = host
        for constant in constants {
            try constant.bytes.withUnsafeBytes { try host.write(at: constant.offset, from: $0) }
        }

        var table = PartTable(tuning: backend.tuning, places: places)
        var calls: [PartTable.Call] = []
        for group in schedule.groupedLaunches { calls.append(try table.add(group.map(\.launch))) }
        let tableBuffer = try OpenCLBuffer(
            context, byteCount: table.words.count * 4, purpose: "launches of program '\(program.name)'")
        try table.words.withUnsafeBytes { try tableBuffer.write(at: 0, from: $0) }
        self.table = tableBuffer
        outputs = schedule.outputs.map { places[$0].offset * 4 }

        let generated = table.programs.mapValues(\.source)
        for (group, call) in calls.enumerated() where call.groups > 0 {
            let kernel = try backend.compiler.kernel(call.kind, tiling: call.tiling, programs: generated[call.kind])
            let localSize = backend.tuning.localSize(for: call.kind, tiling: call.tiling)
            self.launches.append(
                BoundLaunch(
                    kernel: kernel, globalSize: call.groups * localSize, localSize: localSize, name: call.kind.function,
                    group: group))
            try bind(kernel, call)
        }
        preparedCount = launches.filter { $0.group < schedule.preparedGroups }.count
        try context.finish()
        if getenv("HYPERRL_TRACE_LAUNCHES") != nil { StandardErrorText.writeLine(schedule.description) }
    }

    deinit {
        _ = context.cl.clFinish(context.queue)
        for launch in launches { _ = context.cl.clReleaseKernel(launch.kernel) }
    }

    private static func words(_ numbers: [Double], _ element: ElementType, _ device: OpenCLDevice) -> [UInt32] {
        switch element {
        case .float32: return numbers.map { Float($0).bitPattern }
        case .int32: return numbers.map { UInt32(bitPattern: Int32($0)) }
        case .float64:
            return numbers.withUnsafeBytes { bytes in
                device.withDeviceElements(bytes, element) { Array($0.bindMemory(to: UInt32.self)) }
            }
        }
    }

    private func bind(_ kernel: cl_kernel, _ call: PartTable.Call) throws {
        let memories = [scratch.memory, host.memory, state.buffers[0].memory, state.buffers[1].memory, table.memory]
        for (index, memory) in memories.enumerated() {
            var memory: cl_mem? = memory
            try check(
                context.cl.clSetKernelArg(kernel, cl_uint(index), MemoryLayout<cl_mem?>.size, &memory), call, index)
        }
        for (index, number) in [call.parts, call.partCount].enumerated() {
            var word = UInt32(number)
            try check(
                context.cl.clSetKernelArg(kernel, cl_uint(memories.count + index), 4, &word), call,
                memories.count + index)
        }
    }

    private func check(_ code: cl_int, _ call: PartTable.Call, _ index: Int) throws {
        try OpenCLError.check(code, "clSetKernelArg", "argument \(index) of \(call.kind.function) in '\(program.name)'")
    }

    // MARK: Running

    func setInput(_ index: Int, _ bytes: UnsafeRawBufferPointer) throws {
        try program.checkInput(index, byteCount: bytes.count)
        inputs.set(index, bytes)
    }

    func run() throws {
        try inputs.upload(to: host)
        for launch in launches { try enqueue(launch, on: context.queue, event: nil) }
        try context.flush()
        hasRun = true
    }

    func runPrepared() throws {
        try program.checkPrepared(hasRun: hasRun)
        try inputs.upload(to: host)
        for launch in launches.dropFirst(preparedCount) { try enqueue(launch, on: context.queue, event: nil) }
        try context.flush()
    }

    func enqueue(_ launch: BoundLaunch, on queue: cl_command_queue, event: UnsafeMutablePointer<cl_event?>?) throws {
        var (globalSize, localSize) = (launch.globalSize, launch.localSize)
        let code = context.cl.clEnqueueNDRangeKernel(
            queue, launch.kernel, 1, nil, &globalSize, &localSize, 0, nil, event)
        if code != CL_SUCCESS {
            throw OpenCLError(
                "clEnqueueNDRangeKernel", code,
                "kernel \(launch.name) of '\(program.name)', global (\(globalSize)), local (\(localSize)), device limit "
                    + "\(context.device.maximumGroupSize)")
        }
    }

    func readOutput(_ index: Int, into bytes: UnsafeMutableRawBufferPointer) throws {
        try program.checkOutput(index, byteCount: bytes.count, hasRun: hasRun)
        try scratch.read(at: outputs[index], into: bytes)
        context.device.makeHostElements(bytes, program.outputs[index].type.element)
    }
}

/// A kernel with every argument bound.
struct BoundLaunch {
    let kernel: cl_kernel
    let globalSize: Int
    let localSize: Int
    let name: String
    /// Its group in the schedule.
    let group: Int
}
