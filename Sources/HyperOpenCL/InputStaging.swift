import COpenCL
import Glibc
import HyperTensor

/// Host copies of a program's inputs, uploaded in one transfer before a run that follows a change.
///
/// Several copies take turns, so that the host may set the next inputs while the device still reads the last.
final class InputStaging {
    /// By input, its first byte and size; inputs begin at multiples of 256 bytes.
    let ranges: [Range<Int>]
    let byteCount: Int
    private let elements: [ElementType]
    private let context: OpenCLContext
    private let current: UnsafeMutableRawPointer
    private var slots: [(bytes: UnsafeMutableRawPointer, event: cl_event?)]
    private var next = 0
    private var isChanged = true

    private static let slotCount = 4

    init(_ inputs: [ProgramValue], context: OpenCLContext) {
        self.context = context
        elements = inputs.map(\.type.element)
        var end = 0
        ranges = inputs.map { input in
            let begin = (end + 255) / 256 * 256
            end = begin + input.type.byteCount
            return begin..<end
        }
        byteCount = end
        let size = max(end, 1)
        func memory() -> UnsafeMutableRawPointer {
            let bytes = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 256)
            bytes.initializeMemory(as: UInt8.self, repeating: 0, count: size)
            return bytes
        }
        current = memory()
        slots = (0..<Self.slotCount).map { _ in (memory(), nil) }
    }

    deinit {
        for slot in slots {
            if var event = slot.event {
                let list: UnsafePointer<cl_event?> = withUnsafePointer(to: &event) {
                    UnsafeRawPointer($0).assumingMemoryBound(to: cl_event?.self)
                }
                _ = context.cl.clWaitForEvents(1, list)
                _ = context.cl.clReleaseEvent(event)
            }
            slot.bytes.deallocate()
        }
        current.deallocate()
    }

    func set(_ index: Int, _ bytes: UnsafeRawBufferPointer) {
        isChanged = true
        context.device.withDeviceElements(bytes, elements[index]) { bytes in
            if let source = bytes.baseAddress { memcpy(current + ranges[index].lowerBound, source, bytes.count) }
        }
    }

    /// Enqueues the transfer to the beginning of `buffer` if an input has changed.
    func upload(to buffer: OpenCLBuffer) throws {
        guard isChanged, byteCount > 0 else { return }
        if context.device.takesWholeWritesOnly {
            try buffer.write(at: 0, from: UnsafeRawBufferPointer(start: current, count: byteCount))
            isChanged = false
            return
        }
        if let event = slots[next].event {
            var list: cl_event? = event
            try OpenCLError.check(
                context.cl.clWaitForEvents(1, &list), "clWaitForEvents", "upload of \(byteCount) bytes of inputs")
            _ = context.cl.clReleaseEvent(event)
            slots[next].event = nil
        }
        memcpy(slots[next].bytes, current, byteCount)
        var event: cl_event?
        try OpenCLError.check(
            context.cl.clEnqueueWriteBuffer(
                context.queue, buffer.memory, cl_bool(CL_FALSE), 0, byteCount, slots[next].bytes, 0, nil, &event),
            "clEnqueueWriteBuffer", "\(byteCount) bytes of inputs")
        slots[next].event = event
        next = (next + 1) % slots.count
        isChanged = false
    }
}
