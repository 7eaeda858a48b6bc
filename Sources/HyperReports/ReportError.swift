/// Why no figure or table can be made of what was asked for.
public struct ReportError: Error, CustomStringConvertible, Hashable {
    public enum Kind: Sendable {
        /// The runs do not fit what was asked for; programs end with status 64.
        case usage
        /// The runs are not far enough; programs end with status 65.
        case incompleteRuns
    }

    public let kind: Kind
    public let description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
