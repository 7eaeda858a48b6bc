import COpenCL
import HyperTensor

/// State variables in device memory: all arenas in one buffer, or in two where one may not be that large.
final class OpenCLStateStore: StateStore {
    let layout: StateLayout
    /// One or two buffers.
    let buffers: [OpenCLBuffer]
    private let device: OpenCLDevice
    /// By arena, the buffer and the arena's first word in it.
    private let places: [String: (buffer: Int, offset: Int)]

    /// Kernels count elements in 32 bits.
    static let maximumElements = Int(UInt32.max) - 1024

    init(_ layout: StateLayout, context: OpenCLContext) throws {
        self.layout = layout
        device = context.device
        let limit = min(context.device.maximumBufferBytes / 4, Self.maximumElements)
        var places: [String: (buffer: Int, offset: Int)] = [:]
        var counts = [0, 0]
        for arena in layout.arenas {
            let count = (arena.count + 63) / 64 * 64
            guard let buffer = counts.indices.first(where: { counts[$0] + count <= limit }) else {
                let total = layout.arenas.reduce(0) { $0 + $1.count } * 4
                throw OpenCLError(
                    "state of \(total) bytes: arena '\(arena.name)' (\(arena.count * 4) bytes) does not fit two buffers of "
                        + "\(limit * 4) bytes on \(context.device.name); use a smaller replay or fewer seeds")
            }
            places[arena.name] = (buffer, counts[buffer])
            counts[buffer] += count
        }
        self.places = places
        buffers = try counts.enumerated().map { index, count in
            try OpenCLBuffer(context, byteCount: count * 4, purpose: "state buffer \(index)")
        }
        try context.finish()
    }

    /// Where a variable's first word lies.
    ///
    /// - Throws: `TensorError` if this state holds no such variable.
    func place(of variable: Variable) throws -> (buffer: Int, offset: Int) {
        guard let arena = layout.arena(named: variable.arena), arena.variables.contains(variable),
            let place = places[variable.arena]
        else {
            throw TensorError(
                "state: no variable \(variable) at element \(variable.offset) of arena '\(variable.arena)'")
        }
        return (place.buffer, place.offset + variable.offset)
    }

    func read(_ variable: Variable, elements: Range<Int>, into destination: UnsafeMutableRawBufferPointer) throws {
        let place = try check(variable, elements, byteCount: destination.count, "read")
        try buffers[place.buffer].read(at: place.offset * 4, into: destination)
        device.makeHostElements(destination, variable.type.element)
    }

    func write(_ variable: Variable, elements: Range<Int>, from source: UnsafeRawBufferPointer) throws {
        let place = try check(variable, elements, byteCount: source.count, "write")
        try device.withDeviceElements(source, variable.type.element) {
            try buffers[place.buffer].write(at: place.offset * 4, from: $0)
        }
    }

    private func check(
        _ variable: Variable, _ elements: Range<Int>, byteCount: Int, _ verb: String
    ) throws -> (buffer: Int, offset: Int) {
        let place = try place(of: variable)
        guard elements.lowerBound >= 0, elements.upperBound <= variable.type.count else {
            throw TensorError("\(verb): elements \(elements) leave \(variable) (\(variable.type.count) elements)")
        }
        let expected = elements.count * variable.type.element.byteCount
        guard byteCount == expected else {
            throw TensorError(
                "\(verb): \(elements.count) elements of \(variable) are \(expected) bytes, not \(byteCount)")
        }
        return (place.buffer, place.offset + elements.lowerBound * variable.type.element.wordCount)
    }
}
