/// A file whose content breaks the rules of its format, or that cannot be read.
///
/// Programs report it as one line on stderr and end with status 65 (bad data).
public struct FormatError: Error, Equatable, CustomStringConvertible {
    /// The file, as the caller named it.
    public let path: String
    /// What is wrong, with the numbers and names that show it.
    public let problem: String

    public init(path: String, problem: String) {
        self.path = path
        self.problem = problem
    }

    public var description: String { "\(path): \(problem)" }
}

/// A file that cannot be created, written or renamed.
///
/// Programs report it as one line on stderr and end with status 73 (cannot create output).
public struct FileWriteError: Error, Equatable, CustomStringConvertible {
    /// The file, as the caller named it.
    public let path: String
    /// The failing step and the system's reason, for example `write: No space left on device (errno 28)`.
    public let problem: String

    public init(path: String, problem: String) {
        self.path = path
        self.problem = problem
    }

    public var description: String { "\(path): \(problem)" }
}

/// Text from a file, quoted for a one-line message: control characters escaped, at most 80 characters shown.
func quoted(_ text: String) -> String {
    var shown = "'"
    for scalar in text.unicodeScalars.prefix(80) {
        let isControl = scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
        shown += isControl ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
    }
    return shown + (text.unicodeScalars.count > 80 ? "…'" : "'")
}
