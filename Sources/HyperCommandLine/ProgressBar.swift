import Glibc

/// Tells on stderr how far a long run is: a bar that is drawn over on a terminal, else a plain line now and then.
///
/// `update` may be called at every step: it looks at the clock and mostly returns. Not for several threads at once.
public final class ProgressBar {
    private let label: String
    private let total: Int
    private let unit: String
    private let terminal: Terminal
    private let write: (String) -> Void
    private let now: () -> Double

    private let startTime: Double
    private let startDone: Int
    private var lastDrawn: Double
    private var isDrawn = false
    private var done: Int
    private var lastReturn: Double?
    /// The rate is measured from the older of two marks, so over the last `markInterval` to twice that.
    private var marks: (older: Mark, newer: Mark)

    private struct Mark {
        let time: Double
        let done: Int
    }

    private static let markInterval = 15.0
    /// Seconds between two drawings, and between two plain lines.
    private static let liveInterval = 0.1
    private static let plainInterval = 60.0

    /// - Parameters:
    ///   - label: What runs, at the start of the line.
    ///   - total: How much there is to do, at least 1.
    ///   - done: How much was done before, by the run that is resumed.
    ///   - unit: What is counted.
    ///   - terminal: What stderr can show.
    ///   - write: Takes text for stderr.
    ///   - now: A clock in seconds that never goes back.
    public init(
        label: String, total: Int, done: Int = 0, unit: String = "steps", terminal: Terminal = .standardError(),
        write: @escaping (String) -> Void = StandardError.write, now: @escaping () -> Double = monotonicSeconds
    ) {
        self.label = label
        self.total = max(1, total)
        self.unit = unit
        self.terminal = terminal
        self.write = write
        self.now = now
        let time = now()
        startTime = time
        startDone = done
        self.done = done
        lastDrawn = time
        marks = (Mark(time: time, done: done), Mark(time: time, done: done))
    }

    /// Notes the progress and draws it if it is time to.
    ///
    /// - Parameters:
    ///   - done: How much is done, counted as `total`.
    ///   - lastReturn: The newest return, if there is a new one.
    public func update(done: Int, lastReturn: Double? = nil) {
        self.done = done
        if let lastReturn { self.lastReturn = lastReturn }
        let time = now()
        guard time - lastDrawn >= (terminal.isLive ? Self.liveInterval : Self.plainInterval) else { return }
        draw(at: time)
    }

    /// Writes a line above the bar.
    public func log(_ line: String) {
        guard terminal.isLive else { return write(line + "\n") }
        write("\r\u{1B}[K\(line)\n")
        if isDrawn { draw(at: now()) }
    }

    /// Takes the bar away and leaves one plain line about the whole run.
    public func finish() {
        let seconds = now() - startTime
        let rate = seconds > 0 ? Double(done - startDone) / seconds : 0
        let text =
            "\(label): \(done) of \(total) \(unit) in \(durationText(seconds: seconds))\(rateText(rate))\(returnText)"
        write((isDrawn && terminal.isLive ? "\r\u{1B}[K" : "") + text + "\n")
        isDrawn = false
    }

    private func draw(at time: Double) {
        if time - marks.newer.time >= Self.markInterval { marks = (marks.newer, Mark(time: time, done: done)) }
        lastDrawn = time
        let seconds = time - marks.older.time
        let rate = seconds > 0 ? Double(done - marks.older.done) / seconds : 0
        let left = rate > 0 ? ", \(durationText(seconds: Double(total - done) / rate)) left" : ""
        let fraction = min(1, max(0, Double(done) / Double(total)))
        let text =
            "\(label): \(done) of \(total) \(unit) (\(Int(fraction * 100)) %)\(rateText(rate))\(left)\(returnText)"
        write(terminal.isLive ? "\r\u{1B}[K" + line(text, fraction: fraction) : text + "\n")
        isDrawn = true
    }

    /// The text, with a bar before it where the line is wide enough; never wider than the terminal, as a wrapped line
    /// cannot be drawn over.
    private func line(_ text: String, fraction: Double) -> String {
        let text = String(text.prefix(terminal.width - 1))
        let room = min(30, terminal.width - 1 - text.count - 3)
        guard room >= 5 else { return text }
        let filled = Int(fraction * Double(room))
        let bar = String(repeating: "#", count: filled)
        let rest = String(repeating: ".", count: room - filled)
        return "[\(terminal.hasColor ? "\u{1B}[32m\(bar)\u{1B}[0m" : bar)\(rest)] \(text)"
    }

    private func rateText(_ rate: Double) -> String {
        rate > 0 ? ", \(rate >= 100 ? "\(Int(rate.rounded()))" : "\((rate * 10).rounded() / 10)") \(unit)/s" : ""
    }

    private var returnText: String {
        lastReturn.map { ", return \($0.isFinite ? "\(($0 * 10).rounded() / 10)" : "\($0)")" } ?? ""
    }
}

/// Seconds on a clock that never goes back, from an arbitrary start.
public func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
