/// Finds the names that someone may have meant.
public enum NameSuggestions {
    /// Longest name that is compared; a longer one is no slip of the finger.
    private static let lengthLimit = 64

    /// The names closest to `name`, best first.
    ///
    /// Close are names that few edits lead to, ignoring case (1 for names of up to 3 letters, else a third of the
    /// length, at least 2 and at most 4), and those that continue `name` if it has three letters or more. Names of
    /// equal distance keep their order.
    public static func nearest(to name: String, among names: [String], limit: Int = 3) -> [String] {
        guard name.count <= lengthLimit else { return [] }
        let wanted = name.lowercased()
        let allowed = wanted.count < 4 ? 1 : min(4, max(2, wanted.count / 3))
        let candidates: [(name: String, distance: Int)] = names.compactMap { candidate in
            let other = candidate.lowercased()
            let distance = editDistance(wanted, String(other.prefix(lengthLimit)))
            if distance <= allowed { return (candidate, distance) }
            return wanted.count >= 3 && other.hasPrefix(wanted) ? (candidate, allowed + 1) : nil
        }
        let best = candidates.enumerated().sorted {
            ($0.element.distance, $0.offset) < ($1.element.distance, $1.offset)
        }
        return best.prefix(limit).map(\.element.name)
    }

    /// The nearest of names that are paths, such as `paper/td3/ant/sa-hyper`: those close to `name` as a whole, else
    /// those whose parts hold or nearly hold all parts of `name` in their order.
    public static func nearestPaths(to name: String, among names: [String], limit: Int = 3) -> [String] {
        let whole = nearest(to: name, among: names, limit: limit)
        guard whole.isEmpty else { return whole }
        let wanted = name.lowercased().split(separator: "/").map(String.init)
        let matching = names.filter { candidate in
            var parts = candidate.lowercased().split(separator: "/").map(String.init)[...]
            return !wanted.isEmpty
                && wanted.allSatisfy { part in
                    guard let place = parts.firstIndex(where: { $0 == part || !nearest(to: part, among: [$0]).isEmpty })
                    else { return false }
                    parts = parts[(place + 1)...]
                    return true
                }
        }
        func exactParts(_ path: String) -> Int {
            path.lowercased().split(separator: "/").filter { wanted.contains(String($0)) }.count
        }
        let best = matching.enumerated().sorted {
            (exactParts($1.element), $0.offset) < (exactParts($0.element), $1.offset)
        }
        return best.prefix(limit).map(\.element)
    }

    /// A sentence for a name that does not exist: `Unknown critic 'sa-hiper'. Did you mean 'sa-hyper'?`
    ///
    /// If nothing is close, the sentence ends with the names there are.
    ///
    /// - Parameter kind: What the name is meant to be, for example `critic`.
    public static func unknown(_ kind: String, _ name: String, among names: [String]) -> String {
        let nearest = nearest(to: name, among: names)
        let start = "Unknown \(kind) '\(name)'."
        guard !nearest.isEmpty else {
            return names.isEmpty ? start : "\(start) There are: \(names.joined(separator: ", "))."
        }
        let quoted = nearest.map { "'\($0)'" }
        let last = quoted[quoted.count - 1]
        let listed = quoted.count == 1 ? last : quoted.dropLast().joined(separator: ", ") + " or " + last
        return "\(start) Did you mean \(listed)?"
    }

    /// The fewest insertions, removals, replacements and swaps of neighbours that turn one text into the other, no
    /// place being edited twice (Damerau 1964, Levenshtein 1966; "optimal string alignment"). O(count of both).
    static func editDistance(_ first: String, _ second: String) -> Int {
        let a = Array(first)
        let b = Array(second)
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var best = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, beforeLast[j - 1] + 1) }
                row.append(best)
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}
