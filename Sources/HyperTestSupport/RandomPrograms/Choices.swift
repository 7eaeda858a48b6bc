import HyperRandom

/// Choices that follow from a seed alone.
struct Choices {
    private let stream: RandomStream
    private var draws: UInt32 = 0

    init(seed: UInt32) { stream = RandomStream(seed: seed, stream: .probe) }

    /// One of `0..<bound`.
    mutating func below(_ bound: Int) -> Int {
        draws += 1
        return Int(stream.integer(below: UInt32(bound), step: 0, lane: draws))
    }

    mutating func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }

    /// True in `part` of `whole` cases.
    mutating func chance(_ part: Int, of whole: Int) -> Bool { below(whole) < part }

    /// A range within `0..<size` that is not empty.
    mutating func range(within size: Int) -> Range<Int> {
        let start = below(size)
        return start..<start + 1 + below(size - start)
    }
}
