/// Cuts long reductions into pieces that run at once, and a second launch that reduces their results in order.
///
/// A sum of many numbers to one is a single unit of work, so it keeps one thread or one work-group busy, in one chain of additions. Where
/// it is cut follows from the length and the width of one reduction alone, so that a seed's bits do not depend on its companions. A sum
/// of pieces rounds less than one long chain.
enum SplitReductions {
    /// Reductions shorter than this stay whole.
    static let minimumLength = 8192
    /// Wider ones have enough columns to keep threads busy.
    static let maximumInner = 16
    /// Numbers of a piece, at least.
    private static let pieceLength = 2048
    private static let maximumPieces = 64

    static func apply(to schedule: inout Schedule) {
        var result: [ScheduledLaunch] = []
        for scheduled in schedule.launches {
            let launches = split(scheduled.launch, &schedule.values)
            result += launches.map { ScheduledLaunch($0, phases: scheduled.phases) }
        }
        schedule.launches = result
    }

    /// Pieces of equal length, a divisor of it; 1 leaves the reduction whole.
    static func pieces(length: Int, inner: Int) -> Int {
        guard length >= minimumLength, inner <= maximumInner else { return 1 }
        return (1...min(maximumPieces, length / pieceLength)).last { length % $0 == 0 } ?? 1
    }

    private static func split(_ launch: Launch, _ values: inout [Value]) -> [Launch] {
        guard case .reduce(let reduction, let outer, let length, let inner, let input, let output) = launch,
            case let count = pieces(length: length, inner: inner), count > 1
        else { return [launch] }
        let shape: Shape = [outer, count, inner]
        values.append(Value(type: TensorType(.float32, shape), storage: .scratch(offset: 0)))
        let partial = Operand(value: values.count - 1, view: View(contiguous: shape))
        return [
            .reduce(
                reduction, outer: outer * count, reduce: length / count, inner: inner, input: input, output: partial),
            .reduce(reduction, outer: outer, reduce: count, inner: inner, input: partial, output: output),
        ]
    }
}
