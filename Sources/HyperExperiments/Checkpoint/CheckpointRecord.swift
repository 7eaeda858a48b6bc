import HyperAgents
import HyperFormats
import Synchronization

/// What the writing thread tells the training thread, and remembers from one checkpoint to the next.
final class CheckpointRecord: Sendable {
    private struct Content {
        var lastGoodStep: Int?
        var badSeeds: [NumberWatch.Finding] = []
        /// Best weights that are not written yet; the newest of each seed.
        var pendingBests: [CheckpointJob.Best] = []
        /// First segment of each pool that each seed's checkpoints need, by seed and step.
        var firstSegments: [UInt32: [Int: [String: Int]]] = [:]
    }

    private let content: Mutex<Content>

    init(lastGoodStep: Int?) { content = Mutex(Content(lastGoodStep: lastGoodStep)) }

    var lastGoodStep: Int? { content.withLock { $0.lastGoodStep } }

    func noteGoodStep(_ step: Int) { content.withLock { $0.lastGoodStep = step } }

    func noteBadSeed(_ position: Int, reason: String) {
        content.withLock { $0.badSeeds.append((position, reason)) }
    }

    func takeBadSeeds() -> [NumberWatch.Finding] {
        content.withLock { content in
            defer { content.badSeeds = [] }
            return content.badSeeds
        }
    }

    var pendingBests: [CheckpointJob.Best] { content.withLock { $0.pendingBests } }

    func notePending(_ best: CheckpointJob.Best) {
        content.withLock { content in
            content.pendingBests.removeAll { $0.seed == best.seed }
            content.pendingBests.append(best)
        }
    }

    func noteWritten(_ best: CheckpointJob.Best) {
        content.withLock { content in
            content.pendingBests.removeAll { $0.seed == best.seed && $0.step == best.step }
        }
    }

    func noteSegments(_ first: [String: Int], seed: UInt32, step: Int) {
        content.withLock { $0.firstSegments[seed, default: [:]][step] = first }
    }

    /// 0, so that nothing is removed, for a checkpoint of an earlier process.
    func firstSegment(of pool: String, seed: UInt32, step: Int) -> Int {
        content.withLock { $0.firstSegments[seed]?[step]?[pool] ?? 0 }
    }

    /// - Throws: `FileWriteError` if the file system of `path` lacks the bytes.
    func checkSpace(_ byteCount: Int, at path: String) throws {
        guard let free = Folder.freeByteCount(at: path), free < byteCount else { return }
        throw FileWriteError(
            path: path, problem: "no checkpoint was written: \(byteCount) bytes are needed, \(free) are free")
    }
}
