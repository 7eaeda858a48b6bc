/// How values of one kind are read and written, in files and on command lines, and which of them are taken.
public struct SettingCodec: Sendable {
    /// What values look like.
    public enum Form: Sendable {
        case integer(ClosedRange<Int>)
        case number(ClosedRange<Double>)
        case integers(ClosedRange<Int>, count: ClosedRange<Int>, areDifferent: Bool)
        case choice([String])
        case flag
        /// Anything else, with a word for the help.
        case other(placeholder: String)
    }

    public let form: Form
    /// What values are taken: `an integer in 1...1000`.
    public let expected: String
    private let take: @Sendable (SettingValue) -> SettingValue?

    /// - Parameter take: Gives the value in its own form, a number for the text of a number; nil for what is not taken.
    public init(_ form: Form, expected: String, take: @escaping @Sendable (SettingValue) -> SettingValue?) {
        self.form = form
        self.expected = expected
        self.take = take
    }

    /// Reads a value; nil if it is not taken.
    ///
    /// - Parameter isStrict: Whether a text does not stand for a number, a list or a truth value.
    public func read(_ given: SettingValue, isStrict: Bool = false) -> SettingValue? {
        guard let value = take(given) else { return nil }
        guard isStrict else { return value }
        switch (given, value) {
        case (.integer, .integer), (.integer, .number), (.number, .number), (.integers, .integers), (.flag, .flag),
            (.text, .text):
            return value
        case (.integer, _), (.number, _), (.integers, _), (.flag, _), (.text, _): return nil
        }
    }

    public static func integer(_ range: ClosedRange<Int>) -> SettingCodec {
        SettingCodec(.integer(range), expected: "an integer in \(range)") { given in
            switch given {
            case .integer(let value): range.contains(value) ? given : nil
            case .text(let text): Int(text).flatMap { range.contains($0) ? .integer($0) : nil }
            case .number, .integers, .flag: nil
            }
        }
    }

    public static func number(_ range: ClosedRange<Double>) -> SettingCodec {
        SettingCodec(.number(range), expected: "a number in \(range)") { number($0, in: range) }
    }

    /// A number, or one word instead.
    public static func number(_ range: ClosedRange<Double>, or word: String) -> SettingCodec {
        SettingCodec(.other(placeholder: "x|\(word)"), expected: "'\(word)' or a number in \(range)") { given in
            given == .text(word) ? given : number(given, in: range)
        }
    }

    private static func number(_ given: SettingValue, in range: ClosedRange<Double>) -> SettingValue? {
        let value: Double? =
            switch given {
            case .integer(let value): Double(value)
            case .number(let value): value
            case .text(let text): Double(text)
            case .integers, .flag: nil
            }
        return value.flatMap { range.contains($0) ? .number($0) : nil }
    }

    /// A list of integers, as 256,512,1024.
    public static func integers(
        _ range: ClosedRange<Int>, count: ClosedRange<Int>, areDifferent: Bool = false
    ) -> SettingCodec {
        let (kind, example) = areDifferent ? ("different integers", "0,1,2") : ("integers", "256,512")
        return SettingCodec(
            .integers(range, count: count, areDifferent: areDifferent),
            expected: "a list of \(count.lowerBound) to \(count.upperBound) \(kind) in \(range), as \(example)"
        ) { given in
            let values: [Int]
            switch given {
            case .integer(let value): values = [value]
            case .integers(let list): values = list
            case .text(let text):
                let words = text.split(separator: ",", omittingEmptySubsequences: false)
                values = words.compactMap { Int($0) }
                guard values.count == words.count else { return nil }
            case .number, .flag: return nil
            }
            guard count.contains(values.count), values.allSatisfy(range.contains),
                !areDifferent || Set(values).count == values.count
            else { return nil }
            return .integers(values)
        }
    }

    /// One of some words.
    ///
    /// - Parameter expected: What is taken, where the words are too many for a sentence.
    public static func choice(_ names: [String], expected: String? = nil) -> SettingCodec {
        SettingCodec(.choice(names), expected: expected ?? "one of \(names.joined(separator: ", "))") { given in
            if case .text(let text) = given, names.contains(text) { given } else { nil }
        }
    }

    public static let flag = SettingCodec(.flag, expected: "true or false") { given in
        switch given {
        case .flag: given
        case .text(let text): Bool(text).map { .flag($0) }
        case .integer, .number, .integers: nil
        }
    }
}
