import HyperAgents
import HyperFormats
import Synchronization

/// Writes one seed's experience in segments of equal length, each once, as soon as it is full.
final class PoolJournal: Sendable {
    private static let standardRows = 8192

    /// Rows in a segment: never more than the ring holds, so that a full segment is still there to be copied.
    let segmentRows: Int
    /// The pool's name.
    let name: String
    private let folder: SeedFolder
    private let state: Mutex<State>

    private struct State {
        /// Sizes and digests of the segments written, by index.
        var receipts: [Int: FileReceipt] = [:]
        /// Full segments that are not written yet.
        var waiting: [(index: Int, width: Int, rows: [Float])] = []
        /// Segments copied.
        var copied: Int
    }

    /// - Parameters:
    ///   - capacity: Rows of the ring, as configured.
    ///   - saved: What the checkpoint that the run goes on from says; nil at the beginning.
    init(_ name: String, folder: SeedFolder, capacity: Int, saved: Manifest.Pool?) {
        self.name = name
        self.folder = folder
        segmentRows = saved?.segmentRows ?? min(capacity, Self.standardRows)
        var receipts: [Int: FileReceipt] = [:]
        for (offset, receipt) in (saved?.segments ?? []).enumerated() {
            receipts[(saved?.firstSegment ?? 0) + offset] = receipt
        }
        state = Mutex(State(receipts: receipts, copied: saved.map { $0.stored / $0.segmentRows } ?? 0))
    }

    /// Rows after the last full segment.
    func tail(stored: Int) -> Range<Int> { stored / segmentRows * segmentRows..<stored }

    /// Whether segments are full that have not been copied. Asked after every piece of training, by the thread that copies them.
    func isDue(_ pool: any ExperiencePool, position: Int) -> Bool {
        pool.stored[position] / segmentRows > state.withLock { $0.copied }
    }

    /// Copies the segments that are full.
    func collect(from pool: any ExperiencePool, position: Int) throws {
        let full = pool.stored[position] / segmentRows
        let copied = state.withLock { $0.copied }
        let width = pool.rowWidth
        for index in copied..<full {
            var rows = [Float](repeating: 0, count: segmentRows * width)
            try rows.withUnsafeMutableBytes {
                try pool.readRows(index * segmentRows..<(index + 1) * segmentRows, of: position, into: $0)
            }
            state.withLock {
                $0.waiting.append((index, width, rows))
                $0.copied = index + 1
            }
        }
    }

    /// Writes the segments that wait; one that fails stays for the next call.
    func write() throws {
        while let next = state.withLock({ $0.waiting.first }) {
            let receipt = try SafetensorsWriter.write(
                [SafetensorsTensor(name: "rows", shape: [segmentRows, next.width], floats: next.rows)],
                to: folder.segment(next.index, of: name))
            state.withLock {
                $0.receipts[next.index] = receipt
                $0.waiting.removeFirst()
            }
        }
    }

    /// Bytes that `write()` would write.
    var waitingByteCount: Int { state.withLock { $0.waiting.reduce(0) { $0 + $1.rows.count * 4 } } }

    /// What a manifest says about rows that are held; all their full segments must have been written.
    func manifest(held rows: Range<Int>) -> Manifest.Pool {
        let end = rows.upperBound / segmentRows
        let first = min(rows.lowerBound / segmentRows, end)
        let receipts = state.withLock { $0.receipts }
        let segments = (first..<end).map { index in
            guard let receipt = receipts[index] else {
                preconditionFailure("\(name): segment \(index) of \(folder.path) was not written before its checkpoint")
            }
            return receipt
        }
        return Manifest.Pool(
            segmentRows: segmentRows, firstSegment: first, segments: segments, stored: rows.upperBound)
    }

    /// Removes segments before `first`, which no checkpoint needs any more.
    func removeSegments(before first: Int) throws {
        for index in folder.segments(of: name) where index < first {
            try Folder.remove(folder.segment(index, of: name))
            state.withLock { $0.receipts[index] = nil }
        }
    }
}
