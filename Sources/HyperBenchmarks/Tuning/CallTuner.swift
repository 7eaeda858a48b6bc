import HyperTensor

/// The device is gone: what was measured before stays in the tuner's `trials`.
public struct DeviceLost: Error, Hashable, CustomStringConvertible {
    public let reason: String
    /// Candidates that were measured before.
    public let measured: Int

    public init(reason: String, measured: Int) {
        self.reason = reason
        self.measured = measured
    }

    public var description: String { "the device was lost after \(measured) candidates: \(reason)" }
}

/// Checks and times candidates for a backend's sizes on kernel calls of real steps.
public struct CallTuner<Candidate: Hashable & Sendable> {
    /// What came of a candidate.
    public enum Outcome: Sendable {
        /// Seconds of each call; every result was right.
        case seconds([Double])
        /// Results that the reference contradicts: never chosen.
        case wrong([String])
        /// The device refused, with its reason: never chosen.
        case failed(String)
    }

    public let calls: [TunableCall]
    /// All candidates so far, in order.
    public private(set) var trials: [(candidate: Candidate, outcome: Outcome)] = []
    private let secondsPerCall: Double
    private let makeBackend: (Candidate) throws -> any Backend
    private let isDeviceAlive: () -> Bool

    /// - Parameters:
    ///   - secondsPerCall: How long to time a call with a candidate.
    ///   - makeBackend: A backend with a candidate's sizes.
    ///   - isDeviceAlive: Whether a device that has just failed still computes; a candidate that it cannot run is no reason to stop.
    public init(
        calls: [TunableCall], secondsPerCall: Double, makeBackend: @escaping (Candidate) throws -> any Backend,
        isDeviceAlive: @escaping () -> Bool
    ) {
        self.calls = calls
        self.secondsPerCall = secondsPerCall
        self.makeBackend = makeBackend
        self.isDeviceAlive = isDeviceAlive
    }

    /// Measures a candidate, unless it was before.
    ///
    /// - Throws: `DeviceLost`.
    public mutating func measure(_ candidate: Candidate) throws {
        guard !trials.contains(where: { $0.candidate == candidate }) else { return }
        let outcome: Outcome
        do {
            let backend = try makeBackend(candidate)
            var problems: [String] = []
            var seconds: [Double] = []
            // What is wrong need not be timed.
            for call in calls where problems.isEmpty { problems += try call.expected.disagreements(on: backend) }
            if problems.isEmpty {
                seconds = try calls.map { try $0.timing(on: backend, seconds: secondsPerCall).median }
            }
            outcome = problems.isEmpty ? .seconds(seconds) : .wrong(problems)
        } catch {
            guard isDeviceAlive() else { throw DeviceLost(reason: "\(error)", measured: trials.count) }
            outcome = .failed("\(error)")
        }
        trials.append((candidate, outcome))
    }

    /// Candidates that may be chosen, with the seconds of each call.
    public var usable: [(candidate: Candidate, seconds: [Double])] {
        trials.compactMap { trial in
            guard case .seconds(let seconds) = trial.outcome else { return nil }
            return (trial.candidate, seconds)
        }
    }

    /// Seconds that the calls take in one step.
    public func secondsPerStep(_ seconds: [Double]) -> Double {
        zip(calls, seconds).reduce(0) { $0 + $1.0.countPerStep * $1.1 }
    }

    /// The usable candidate with the least seconds for a step.
    public var best: Candidate? { usable.min { secondsPerStep($0.seconds) < secondsPerStep($1.seconds) }?.candidate }

    /// For each call the usable candidates, fastest first.
    public func ranking(of call: Int) -> [Candidate] {
        usable.sorted { $0.seconds[call] < $1.seconds[call] }.map(\.candidate)
    }
}
