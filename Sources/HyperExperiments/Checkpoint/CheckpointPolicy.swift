/// When checkpoints are written, and what happens if one cannot be.
public struct CheckpointPolicy: Hashable, Sendable {
    /// What training does when a checkpoint cannot be written; the words of run.json and the command line.
    public enum FailureResponse: String, Hashable, Sendable, CaseIterable {
        case stop
        /// Goes on, with a warning.
        case `continue`
    }

    public var interval: CheckpointInterval
    public var afterFailure: FailureResponse

    public init(interval: CheckpointInterval = .seconds(600), afterFailure: FailureResponse = .stop) {
        self.interval = interval
        self.afterFailure = afterFailure
    }
}

/// How far apart checkpoints are.
public enum CheckpointInterval: Hashable, Sendable {
    /// Environment steps.
    case steps(Int)
    /// Wall-clock time, in seconds.
    case seconds(Double)

    private static let units: [(suffix: Character, seconds: Double)] = [("s", 1), ("m", 60), ("h", 3600)]

    /// Reads a number of steps (`5000`) or a time (`90s`, `10m`, `2h`); nil for anything else, and for nothing or less.
    public init?(_ text: String) {
        if let unit = Self.units.first(where: { $0.suffix == text.last }) {
            let number = text.dropLast()
            guard number.utf8.allSatisfy({ "0123456789.".utf8.contains($0) }), let count = Double(number), count > 0,
                count <= 1e6
            else { return nil }
            self = .seconds(count * unit.seconds)
        } else {
            guard let count = Int(text), (1...1_000_000_000).contains(count), text.utf8.first != UInt8(ascii: "+")
            else {
                return nil
            }
            self = .steps(count)
        }
    }

    /// The text that `init(_:)` reads.
    public var text: String {
        switch self {
        case .steps(let count): return "\(count)"
        case .seconds(let seconds):
            let unit = Self.units.last { (seconds / $0.seconds).rounded() * $0.seconds == seconds } ?? Self.units[0]
            let count = seconds / unit.seconds
            return (count == count.rounded() ? "\(Int(count))" : "\(count)") + String(unit.suffix)
        }
    }
}
