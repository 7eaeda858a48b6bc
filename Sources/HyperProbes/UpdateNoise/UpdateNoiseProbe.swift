import HyperAgents

/// Takes one update after the other from the same state, each with random numbers of its own, evaluates what it leads to, and takes it
/// back: how much of an update is noise (paper, §4.2).
public final class UpdateNoiseProbe: Probe {
    public let settings: UpdateNoiseSettings
    private let updates: any RepeatedUpdates

    public init(_ updates: any RepeatedUpdates, settings: UpdateNoiseSettings = .init()) {
        self.updates = updates
        self.settings = settings
    }

    public func measure(
        step: Int, isIncluded: (Int) -> Bool, progress: (Double) -> Void, shouldStop: () -> Bool
    ) throws -> Stoppable<[UpdateNoise?]> {
        guard
            case .done(let before) = try updates.performances(
                of: nil, isIncluded: isIncluded, shouldStop: shouldStop)
        else { return .stopped }
        var found: [[Double?]] = []
        for index in 0..<settings.repeats {
            guard
                case .done(let after) = try updates.performances(
                    of: index, isIncluded: isIncluded, shouldStop: shouldStop)
            else { return .stopped }
            found.append(after)
            progress(Double(index + 1) / Double(settings.repeats))
        }
        return .done(
            before.indices.map { seed in
                isIncluded(seed)
                    ? UpdateNoise(step: step, performances: found.map { $0[seed] }, baseline: before[seed]) : nil
            })
    }
}
