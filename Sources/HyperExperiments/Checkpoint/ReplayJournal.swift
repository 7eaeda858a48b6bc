import HyperAgents
import HyperFormats
import Synchronization

/// Writes one seed's replay in segments of equal length, each once, as soon as it is full.
final class ReplayJournal: Sendable {
    private static let standardRows = 8192

    /// Rows in a segment: never more than the ring holds, so that a full segment is still there to be copied.
    let segmentRows: Int
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
    init(folder: SeedFolder, capacity: Int, saved: Manifest.ReplayManifest?) {
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

    /// Copies the segment that the last step filled, if it did.
    ///
    /// - Returns: Whether there is one to be written.
    func collect(from replay: Replay, seed: Int) throws -> Bool {
        let full = replay.stored[seed] / segmentRows
        let copied = state.withLock { $0.copied }
        guard full > copied else { return false }
        let width = replay.layout.width
        for index in copied..<full {
            var rows = [Float](repeating: 0, count: segmentRows * width)
            try rows.withUnsafeMutableBytes {
                try replay.readRows(index * segmentRows..<(index + 1) * segmentRows, of: seed, into: $0)
            }
            state.withLock {
                $0.waiting.append((index, width, rows))
                $0.copied = index + 1
            }
        }
        return true
    }

    /// Writes the segments that wait; one that fails stays for the next call.
    func write() throws {
        while let next = state.withLock({ $0.waiting.first }) {
            let receipt = try SafetensorsWriter.write(
                [SafetensorsTensor(name: "rows", shape: [segmentRows, next.width], floats: next.rows)],
                to: folder.segment(next.index))
            state.withLock {
                $0.receipts[next.index] = receipt
                $0.waiting.removeFirst()
            }
        }
    }

    /// Bytes that `write()` would write.
    var waitingByteCount: Int { state.withLock { $0.waiting.reduce(0) { $0 + $1.rows.count * 4 } } }

    /// What a manifest says about rows that are held; all their full segments must have been written.
    func manifest(held rows: Range<Int>) -> Manifest.ReplayManifest {
        let end = rows.upperBound / segmentRows
        let first = min(rows.lowerBound / segmentRows, end)
        let receipts = state.withLock { $0.receipts }
        let segments = (first..<end).map { index in
            guard let receipt = receipts[index] else {
                preconditionFailure("replay segment \(index) of \(folder.path) was not written before its checkpoint")
            }
            return receipt
        }
        return Manifest.ReplayManifest(
            segmentRows: segmentRows, firstSegment: first, segments: segments, stored: rows.upperBound)
    }

    /// Removes segments before `first`, which no checkpoint needs any more.
    func removeSegments(before first: Int) throws {
        for index in folder.segments() where index < first {
            try Folder.remove(folder.segment(index))
            state.withLock { $0.receipts[index] = nil }
        }
    }
}
