import Glibc

/// What a stream for people can show.
public struct Terminal: Sendable, Equatable {
    /// Whether somebody watches, so that a line may be drawn over.
    public let isLive: Bool
    public let hasColor: Bool
    /// Characters per line.
    public let width: Int

    public init(isLive: Bool, hasColor: Bool, width: Int) {
        self.isLive = isLive
        self.hasColor = hasColor
        self.width = width
    }

    /// The terminal behind stderr: live if it is a terminal that can move its cursor (TERM is not `dumb`), in colour
    /// unless NO_COLOR is set to anything but the empty text (no-color.org).
    public static func standardError() -> Terminal { describe(STDERR_FILENO) }

    /// The terminal behind stdout, as `standardError()`.
    public static func standardOutput() -> Terminal { describe(STDOUT_FILENO) }

    private static func describe(_ descriptor: Int32) -> Terminal {
        let isLive = isatty(descriptor) == 1 && variable("TERM") != "dumb"
        var size = winsize()
        let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return Terminal(
            isLive: isLive, hasColor: isLive && variable("NO_COLOR").isEmpty,
            width: isKnown ? Int(size.ws_col) : 80)
    }

    private static func variable(_ name: String) -> String {
        getenv(name).map { String(cString: $0) } ?? ""
    }
}
