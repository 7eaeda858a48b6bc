import HyperFormats

/// What a seed's logs say, again as TensorBoard reads it, beside progress.csv: `train --tensorboard`.
///
/// Its troubles never touch training: after the first failed write it says so once and writes no more.
final class EventLog {
    private var file: EventFile?
    private let warn: (String) -> Void

    /// - Parameters:
    ///   - step: The step that the run goes on from; 0 for a new run.
    ///   - remark: What else is to be known of the start.
    ///   - warn: Takes a line for the person who watches.
    init(_ files: SeedFolder, step: Int, remark: String? = nil, warn: @escaping (String) -> Void) {
        self.warn = warn
        attempt {
            // A run goes on behind its checkpoint; what an interrupted process logged after it happens again.
            file = try EventFile(
                in: files.path, firstStep: step == 0 ? 0 : step + 1,
                note: (step == 0 ? "The run begins." : "The run goes on from its checkpoint at step \(step).")
                    + (remark.map { " Note: \($0)." } ?? ""))
        }
    }

    func write(step: Int, _ scalars: [(tag: String, value: Double?)]) {
        attempt {
            try file?.write(step: step, scalars.compactMap { scalar in scalar.value.map { (scalar.tag, $0) } })
        }
    }

    private func attempt(_ body: () throws -> Void) {
        do { try body() } catch {
            file = nil
            warn("\(error); training goes on, without further events for TensorBoard")
        }
    }
}
