import Glibc

/// `5`, or `3–5` for several different numbers.
func rangeText(_ sorted: [Int]) -> String {
    guard let first = sorted.first, let last = sorted.last else { return "0" }
    return first == last ? grouped(first) : "\(grouped(first))–\(grouped(last))"
}

/// Ascending numbers with runs of three or more as ranges: `0–4, 7`. File names take other signs: `0-4,7`.
func listText(_ sorted: [Int], separator: String = ", ", dash: String = "–") -> String {
    var parts: [ClosedRange<Int>] = []
    for number in sorted {
        if let last = parts.last, last.upperBound + 1 == number {
            parts[parts.count - 1] = last.lowerBound...number
        } else {
            parts.append(number...number)
        }
    }
    return parts.map { part in
        switch part.count {
        case 1: "\(part.lowerBound)"
        case 2: "\(part.lowerBound)\(separator)\(part.upperBound)"
        default: "\(part.lowerBound)\(dash)\(part.upperBound)"
        }
    }.joined(separator: separator)
}

/// A whole number with commas between thousands.
public func grouped(_ number: Int) -> String {
    var digits = String(number.magnitude)
    var parts: [Substring] = []
    while digits.count > 3 {
        parts.insert(Substring(digits.suffix(3)), at: 0)
        digits.removeLast(3)
    }
    return (number < 0 ? "−" : "") + ([Substring(digits)] + parts).joined(separator: ",")
}

/// A number with a fixed count of decimals, with the sign `−` of typography.
func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite else { return "\(value)" }
    let scale = pow(10, Double(decimals))
    let whole = (abs(value) * scale).rounded()
    guard whole < 9e15 else { return "\(value)" }
    let digits = String(Int(whole))
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    let sign = value < 0 && whole > 0 ? "−" : ""
    return decimals == 0 ? sign + padded : "\(sign)\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
}
