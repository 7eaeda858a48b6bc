import Glibc

/// Whether programs and schedules are checked after every pass: with `HYPERRL_VALIDATE=1` in the environment. The tests run so.
enum Validation {
    static let isOn = getenv("HYPERRL_VALIDATE").map { String(cString: $0) == "1" } ?? false

    /// Ends the process if a pass has broken a rule: what it made would compute wrong numbers.
    static func require(_ problems: [String], _ place: String) {
        if problems.isEmpty { return }
        fatalError(
            "validation: pass \(place) broke \(problems.count) rules: \(problems.prefix(5).joined(separator: "; "))")
    }
}
