/// A positional argument of a command. Those that may be missing or repeated come last.
public struct Argument: Sendable {
    /// The name without brackets, for example `algorithm`.
    public let name: String
    public let kind: ValueKind
    /// One sentence with its full stop.
    public let summary: String
    /// Words for the help about what happens without it; nil if it must be given.
    public let defaultNote: String?
    /// Whether any number of words may be given for it; it is the last argument then.
    public let isRepeatable: Bool

    public init(
        _ name: String, _ kind: ValueKind, summary: String, defaultNote: String? = nil, isRepeatable: Bool = false
    ) {
        self.name = name
        self.kind = kind
        self.summary = summary
        self.defaultNote = defaultNote
        self.isRepeatable = isRepeatable
    }

    var isRequired: Bool { defaultNote == nil }

    /// The argument as a line about usage shows it.
    var usage: String {
        let label = "<\(name)>" + (isRepeatable ? "..." : "")
        return isRequired ? label : "[\(label)]"
    }
}

/// An option of a command: a flag, or a name with a value.
public struct Option: Sendable {
    /// The name with its dashes, for example `--env`.
    public let name: String
    /// The name of the value in the help, for example `id`; nil for a flag.
    public let placeholder: String?
    public let kind: ValueKind
    /// One sentence with its full stop.
    public let summary: String
    /// The text that is parsed if the option is not given.
    public let defaultText: String?
    /// Words about the default for the help: more about `defaultText`, or what happens without one.
    public let defaultNote: String?
    public let isRequired: Bool
    public let isRepeatable: Bool

    /// An option with a value.
    ///
    /// - Parameters:
    ///   - defaultText: The text that is parsed if the option is not given.
    ///   - defaultNote: Words about the default for the help.
    public init(
        _ name: String, _ placeholder: String, _ kind: ValueKind, summary: String, defaultText: String? = nil,
        defaultNote: String? = nil, isRequired: Bool = false, isRepeatable: Bool = false
    ) {
        self.name = name
        self.placeholder = placeholder
        self.kind = kind
        self.summary = summary
        self.defaultText = defaultText
        self.defaultNote = defaultNote
        self.isRequired = isRequired
        self.isRepeatable = isRepeatable
    }

    /// An option without a value.
    public init(flag name: String, summary: String) {
        self.name = name
        placeholder = nil
        kind = .text
        self.summary = summary
        defaultText = nil
        defaultNote = nil
        isRequired = false
        isRepeatable = false
    }

    /// The option as the help shows it, for example `--env <id>`.
    var label: String { placeholder.map { "\(name) <\($0)>" } ?? name }
}

/// A command line that works, and one sentence about it.
public struct Example: Sendable {
    public let commandLine: String
    public let summary: String

    public init(_ commandLine: String, summary: String) {
        self.commandLine = commandLine
        self.summary = summary
    }
}

/// A command: either a group of further commands, or something to run.
public struct Command: Sendable {
    /// Does the work; data goes to the writer.
    public typealias Body = @Sendable (ParsedArguments, OutputWriter) throws -> ExitCode

    public let name: String
    /// One sentence with its full stop.
    public let summary: String
    public let arguments: [Argument]
    public let options: [Option]
    public let examples: [Example]
    public let subcommands: [Command]
    let body: Body?

    /// A command that runs something.
    public init(
        _ name: String, summary: String, arguments: [Argument] = [], options: [Option] = [], examples: [Example] = [],
        body: @escaping Body
    ) {
        self.name = name
        self.summary = summary
        self.arguments = arguments
        self.options = options
        self.examples = examples
        subcommands = []
        self.body = body
    }

    /// A group of commands.
    public init(_ name: String, summary: String, examples: [Example] = [], subcommands: [Command]) {
        self.name = name
        self.summary = summary
        arguments = []
        options = []
        self.examples = examples
        self.subcommands = subcommands
        body = nil
    }
}
