/// What the text of an option or argument must be.
public enum ValueKind: Sendable {
    case text
    /// A whole number in a range.
    case integer(ClosedRange<Int>)
    /// A finite number in a range.
    case number(ClosedRange<Double>)
    /// One of some names. The help leaves them out if its sentence says where they are listed.
    case choice([String], isListedElsewhere: Bool = false)
    /// Different whole numbers in a range, as `0,2,5`, `0-4` or both, at most `countLimit` of them.
    case integerList(ClosedRange<Int>, countLimit: Int)
    /// A key, `=`, and a value that may be empty.
    case setting

    /// Parses a text.
    ///
    /// - Parameter role: What the text was given for, for example `Option '--steps'`.
    /// - Throws: `CommandError` with status 64.
    func parse(_ text: String, role: String) throws -> ParsedValue {
        switch self {
        case .text: return .text(text)
        case .integer(let range):
            guard let value = Int(text) else { throw usage("\(role): '\(text)' is not a whole number.") }
            guard range.contains(value) else {
                throw outOfRange(text, "\(range.lowerBound) to \(range.upperBound)", role)
            }
            return .integer(value)
        case .number(let range):
            guard text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }), let value = Double(text),
                value.isFinite
            else { throw usage("\(role): '\(text)' is not a finite decimal number.") }
            guard range.contains(value) else {
                throw outOfRange(text, "\(range.lowerBound) to \(range.upperBound)", role)
            }
            return .number(value)
        case .choice(let names, _):
            guard names.contains(text) else {
                throw usage("\(role): \(NameSuggestions.unknown("value", text, among: names))")
            }
            return .text(text)
        case .integerList(let range, let countLimit):
            return .integers(try parseList(text, range: range, countLimit: countLimit, role: role))
        case .setting:
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw usage("\(role): '\(text)' is not of the form key=value.")
            }
            return .setting(key: String(text[..<equals]), value: String(text[text.index(after: equals)...]))
        }
    }

    private func parseList(_ text: String, range: ClosedRange<Int>, countLimit: Int, role: String) throws -> [Int] {
        var values: [Int] = []
        var seen: Set<Int> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            // Only digits: a minus sign stands between the ends of a range.
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { end in
                end.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(end) : nil
            }
            guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1] else {
                throw usage("\(role): '\(text)' is not a list of whole numbers such as 0,2,5 or 0-4.")
            }
            guard first <= last else { throw usage("\(role): the range '\(part)' runs backwards.") }
            guard range.contains(first), range.contains(last) else {
                throw outOfRange(String(part), "\(range.lowerBound) to \(range.upperBound)", role)
            }
            guard last - first < countLimit - values.count else {
                throw usage("\(role): '\(text)' holds more than \(countLimit) numbers.")
            }
            for value in first...last {
                guard seen.insert(value).inserted else { throw usage("\(role): \(value) occurs twice in '\(text)'.") }
                values.append(value)
            }
        }
        return values
    }

    private func usage(_ message: String) -> CommandError { CommandError(message, exitCode: .usage) }

    private func outOfRange(_ text: String, _ range: String, _ role: String) -> CommandError {
        usage("\(role): \(text) is out of range (\(range)).")
    }
}

/// A parsed text.
enum ParsedValue: Equatable {
    case text(String)
    case integer(Int)
    case number(Double)
    case integers([Int])
    case setting(key: String, value: String)
}
