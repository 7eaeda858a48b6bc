import Glibc
import HyperAgents
import HyperFormats
import HyperTensor

/// A copy of one seed's state in host memory, taken between two steps and written while training goes on.
///
/// Unchecked: the training thread fills it only while no job of the writer reads it (`Checkpointer` sees to that).
final class SeedSnapshot: @unchecked Sendable {
    /// A variable's part of the copy.
    private struct Piece {
        let variable: Variable
        /// The seed's elements in the variable.
        let elements: Range<Int>
        /// Where they lie in `memory`, in its 4-byte words.
        let words: Range<Int>
    }

    private let pieces: [Piece]
    /// The seed's in the run's list of seeds.
    private let position: Int
    private let memory: UnsafeMutableBufferPointer<Float>
    /// Counters, environment, logs.
    var values = SavedValues()
    /// Rows of experience after the last full segment, by pool.
    private var tails: [Tail] = []

    private struct Tail {
        let pool: String
        let width: Int
        /// `[rows, width]`.
        var rows: [Float] = []
    }

    /// Reserves memory for one seed's part of the arenas.
    ///
    /// - Parameters:
    ///   - position: The seed's, on the variables' first axis.
    ///   - seedCount: Size of that axis.
    init(_ arenas: [Arena], position: Int, seedCount: Int) {
        var pieces: [Piece] = []
        var offset = 0
        for variable in arenas.flatMap(\.variables) {
            let count = variable.type.count / seedCount
            // Doubles begin at even words, as they must.
            let unit = variable.type.element.wordCount
            let begin = (offset + unit - 1) / unit * unit
            offset = begin + count * unit
            pieces.append(
                Piece(
                    variable: variable, elements: position * count..<(position + 1) * count, words: begin..<offset))
        }
        self.pieces = pieces
        self.position = position
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: max(4, offset * 4), alignment: 2 << 20)
        if let base = bytes.baseAddress, bytes.count > 2 << 20 { madvise(base, bytes.count, MADV_HUGEPAGE) }
        memory = bytes.bindMemory(to: Float.self)
        // Touched now, so that the first copy does not wait for the system to find the pages.
        memory.initialize(repeating: 0)
    }

    deinit { UnsafeMutableRawBufferPointer(memory).deallocate() }

    /// Bytes of the copied variables.
    var byteCount: Int { tails.reduce(memory.count) { $0 + $1.rows.count } * 4 }

    /// Copies the variables, and the last rows of pools.
    func take(_ state: any StateStore, tails rows: [(pool: any ExperiencePool, rows: Range<Int>)]) throws {
        let target = UnsafeMutableRawBufferPointer(memory)
        for piece in pieces {
            let bytes = piece.words.lowerBound * 4..<piece.words.upperBound * 4
            try state.read(
                piece.variable, elements: piece.elements, into: UnsafeMutableRawBufferPointer(rebasing: target[bytes]))
        }
        if tails.count != rows.count { tails = rows.map { Tail(pool: $0.pool.name, width: $0.pool.rowWidth) } }
        for (index, (pool, rows)) in rows.enumerated() {
            tails[index].rows.removeAll(keepingCapacity: true)
            tails[index].rows.append(contentsOf: repeatElement(0, count: rows.count * pool.rowWidth))
            try tails[index].rows.withUnsafeMutableBytes { try pool.readRows(rows, of: position, into: $0) }
        }
    }

    /// The first number that is not finite, if there is one.
    var firstBadNumber: String? {
        for piece in pieces {
            let bad: (index: Int, value: String)?
            switch piece.variable.type.element {
            case .float32: bad = firstBadFloat(memory[piece.words])
            case .float64: bad = firstBadDouble(memory[piece.words])
            case .int32: bad = nil
            }
            if let bad { return "element \(bad.index) of tensor \(piece.variable.name) is \(bad.value)" }
        }
        return nil
    }

    private func firstBadFloat(_ values: Slice<UnsafeMutableBufferPointer<Float>>) -> (index: Int, value: String)? {
        // The exponent's bits are all ones in infinities and NaN alone; a loop without branches is a vector loop.
        var largest: UInt32 = 0
        for value in values { largest = max(largest, value.bitPattern & 0x7fff_ffff) }
        guard largest >= 0x7f80_0000, let index = values.firstIndex(where: { !$0.isFinite }) else { return nil }
        return (index - values.startIndex, "\(values[index])")
    }

    private func firstBadDouble(_ words: Slice<UnsafeMutableBufferPointer<Float>>) -> (index: Int, value: String)? {
        UnsafeRawBufferPointer(UnsafeMutableBufferPointer(rebasing: words)).withMemoryRebound(to: Double.self) {
            values in
            values.firstIndex { !$0.isFinite }.map { ($0, "\(values[$0])") }
        }
    }

    /// Writes everything to one file.
    func write(metadata: [String: String], to path: String) throws -> FileReceipt {
        var tensors = pieces.map { piece in
            SafetensorsTensor(
                name: piece.variable.name, shape: Array(piece.variable.shape.dimensions.dropFirst()),
                elements: .stream(piece.variable.type.element.savedType, count: piece.elements.count) {
                    [self] write in
                    try write(
                        UnsafeRawBufferPointer(
                            UnsafeBufferPointer(rebasing: memory[piece.words])))
                })
        }
        for tail in tails {
            tensors.append(
                SafetensorsTensor(
                    name: SavedTensors.tail(of: tail.pool), shape: [tail.rows.count / tail.width, tail.width],
                    floats: tail.rows))
        }
        var metadata = metadata
        for (name, value) in values.values {
            switch value {
            case .integers(let values):
                tensors.append(
                    SafetensorsTensor(name: name, shape: [values.count], elements: .int64(values.map(Int64.init))))
            case .doubles(let values):
                tensors.append(SafetensorsTensor(name: name, shape: [values.count], doubles: values))
            case .text(let text): metadata[SavedTensors.textPrefix + name] = text
            }
        }
        return try SafetensorsWriter.write(tensors, metadata: metadata, to: path)
    }
}

/// Names in a checkpoint's state file beside those of variables.
enum SavedTensors {
    /// A pool's rows after the last full segment.
    static func tail(of pool: String) -> String { "\(pool).tail" }
    /// Before the name of a saved text in the metadata.
    static let textPrefix = "saved."
}

extension ElementType {
    /// How files hold it.
    var savedType: TensorDataType {
        switch self {
        case .float32: .float32
        case .int32: .int32
        case .float64: .float64
        }
    }
}
