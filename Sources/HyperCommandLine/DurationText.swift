/// A span of time for people, in its two largest units: `42 s`, `5 min 03 s`, `2 h 05 min`, `3 d 04 h`.
///
/// - Parameter seconds: Seconds, rounded to whole ones; `?` stands for one that is not finite, negative ones count as 0.
public func durationText(seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e15 else { return "?" }
    let whole = Int(max(0, seconds).rounded())
    let (minutes, hours, days) = (whole / 60, whole / 3600, whole / 86_400)
    if minutes == 0 { return "\(whole) s" }
    if hours == 0 { return "\(minutes) min \(twoDigits(whole % 60)) s" }
    if days == 0 { return "\(hours) h \(twoDigits(minutes % 60)) min" }
    return "\(days) d \(twoDigits(hours % 24)) h"
}

private func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
