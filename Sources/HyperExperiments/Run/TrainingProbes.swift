import HyperAgents
import HyperEnvironments
import HyperFormats
import HyperParallel
import HyperProbes

/// The probes of a training run: makes those that are due and adds their rows to the tables of each seed.
final class TrainingProbes {
    private struct Entry {
        let kind: ProbeKind
        let probe: any Probe
        /// For each seed the kind's tables.
        let writers: [[CSVWriter]]
        /// The last step that was measured or needs no measurement; −1 before the first.
        var lastStep: Int
    }

    private let interval: Int
    private var entries: [Entry]

    /// The name under which a checkpoint keeps the kinds that were broken off at its step.
    static let dueName = "probes.due"

    /// - Parameters:
    ///   - files: One for each seed of the agent.
    ///   - resumed: The checkpoint that the run goes on from; nil for a new run.
    init(
        _ plan: ProbePlan, views: ProbeViews, spec: EnvironmentSpec, files: [SeedFolder],
        resumed: (step: Int, values: SavedValues)?, pool: WorkerPool
    ) throws {
        interval = plan.interval
        let due = try resumed?.values.text(Self.dueName).map { Set($0.split(separator: ",").map(String.init)) } ?? []
        entries = try plan.kinds.map { kind in
            let probe = try plan.makeProbe(kind, views, spec, pool: pool)
            let writers = try files.map { files in
                try kind.tables.map { try CSVWriter(path: files.table($0), columns: $0.columns) }
            }
            let last = resumed.map { due.contains(kind.rawValue) ? $0.step - 1 : $0.step } ?? -1
            return Entry(kind: kind, probe: probe, writers: writers, lastStep: last)
        }
    }

    /// The kinds that are to be measured at this step and have not been.
    func due(at step: Int) -> [ProbeKind] {
        guard step % interval == 0 else { return [] }
        return entries.filter { $0.lastStep < step && (step > 0 || $0.kind.measuresStart) }.map(\.kind)
    }

    /// Makes the probes that are due.
    ///
    /// - Parameter report: Told a line about each probe.
    /// - Returns: False if they were stopped; what is left remains due.
    func run(at step: Int, isRunning: [Bool], shouldStop: () -> Bool, report: (String) -> Void) throws -> Bool {
        let due = due(at: step)
        for index in entries.indices where due.contains(entries[index].kind) {
            let entry = entries[index]
            let found = try readings(of: entry.probe, at: step, isRunning: isRunning, shouldStop: shouldStop)
            guard case .done(let readings) = found else { return false }
            for (writers, reading) in zip(entry.writers, readings) {
                for (writer, rows) in zip(writers, reading?.rows ?? []) {
                    for row in rows { try writer.write(row) }
                }
            }
            entries[index].lastStep = step
            let known = readings.compactMap { $0 }
            let others = known.count > 1 ? " (the first of \(known.count) seeds)" : ""
            if let first = known.first { report("\(entry.kind.rawValue): \(first.summary)\(others)") }
        }
        return true
    }

    /// The readings of a probe of any kind.
    private func readings(
        of probe: some Probe, at step: Int, isRunning: [Bool], shouldStop: () -> Bool
    ) throws -> Stoppable<[(any ProbeReading)?]> {
        let found = try probe.measure(
            step: step, isIncluded: { isRunning[$0] }, progress: { _ in }, shouldStop: shouldStop)
        guard case .done(let readings) = found else { return .stopped }
        return .done(readings)
    }

    /// Adds what a resumed run needs to know.
    func save(at step: Int, into values: inout SavedValues) {
        let due = due(at: step)
        if !due.isEmpty { values[Self.dueName] = .text(due.map(\.rawValue).joined(separator: ",")) }
    }
}
