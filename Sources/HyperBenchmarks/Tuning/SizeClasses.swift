/// Calls divided by size into a few classes, each with the candidate that is fastest for all of it.
public struct SizeClasses<Candidate> {
    /// In rising order; the last one has no limit.
    public let classes: [(candidate: Candidate, largestSize: Int?)]
    /// Seconds that the calls take in one step with these candidates.
    public let secondsPerStep: Double

    /// - Parameters:
    ///   - sizes: By call.
    ///   - weights: By call, how often a step has it.
    ///   - seconds: By candidate and call; at least one candidate and one call.
    ///   - most: Classes at most.
    ///   - gain: The share of the time that a further class has to save.
    public init(
        sizes: [Int], weights: [Double], seconds: [(candidate: Candidate, seconds: [Double])], most: Int,
        gain: Double = 0.01
    ) {
        precondition(!sizes.isEmpty && !seconds.isEmpty && most > 0, "SizeClasses: nothing to divide")
        let distinct = Set(sizes).sorted()
        /// The fastest candidate for the sizes in a range of positions in `distinct`.
        func best(_ range: Range<Int>) -> (candidate: Int, seconds: Double) {
            let calls = sizes.indices.filter { distinct[range].contains(sizes[$0]) }
            let sums = seconds.map { candidate in calls.reduce(0) { $0 + weights[$1] * candidate.seconds[$1] } }
            let index = sums.indices.min { sums[$0] < sums[$1] } ?? 0
            return (index, sums[index])
        }
        /// The best division of the first `end` sizes into exactly `count` classes, as the ends of the classes.
        func division(of end: Int, into count: Int) -> (ends: [Int], seconds: Double) {
            if count == 1 { return ([end], best(0..<end).seconds) }
            return (count - 1..<end).map { cut in
                let front = division(of: cut, into: count - 1)
                return (front.ends + [end], front.seconds + best(cut..<end).seconds)
            }.min { $0.1 < $1.1 } ?? ([end], best(0..<end).seconds)
        }
        var chosen = division(of: distinct.count, into: 1)
        for count in stride(from: 2, through: min(most, distinct.count), by: 1) {
            let finer = division(of: distinct.count, into: count)
            if finer.seconds < (1 - gain) * chosen.seconds { chosen = finer }
        }
        let starts = [0] + chosen.ends.dropLast()
        classes = zip(starts, chosen.ends).map { start, end in
            // Between what was measured on both sides.
            let limit = end < distinct.count ? distinct[end - 1] + (distinct[end] - distinct[end - 1]) / 2 : nil
            return (seconds[best(start..<end).candidate].candidate, limit)
        }
        secondsPerStep = chosen.seconds
    }
}
