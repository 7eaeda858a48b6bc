import Glibc
import HyperCommandLine
import HyperFormats
import HyperReports

/// Where a figure goes: an SVG or PNG file, or the terminal.
enum FigureOutput {
    /// Makes PNG of SVG; of Debian's package librsvg2-bin.
    private static let rasterizer = "rsvg-convert"

    /// Whether the rasterizer is installed.
    static var canWritePNG: Bool { Subprocess.path(of: rasterizer) != nil }

    /// Finds out whether a file of this name can be drawn, before any work is done for it.
    ///
    /// - Throws: `CommandError` 64 for a name that is neither SVG nor PNG, 69 if the rasterizer is missing.
    static func check(_ path: String) throws {
        guard path.lowercased().hasSuffix(".svg") || isPNG(path) else {
            throw CommandError("\(path): a figure is written as .svg or .png.", exitCode: .usage)
        }
        guard isPNG(path), !canWritePNG else { return }
        throw CommandError(
            "\(path): PNG needs '\(rasterizer)', which is not installed: apt-get install librsvg2-bin; "
                + "SVG needs nothing.",
            exitCode: .unavailable)
    }

    /// Draws a figure into a file; PNG at twice the size of the SVG.
    static func write(_ figure: Figure, to path: String) throws {
        try check(path)
        let text = SVGFigure(figure).text
        guard isPNG(path) else {
            try AtomicFile.write(text, to: path)
            return
        }
        // Beside the picture, as the folder is known to take files.
        let source = "\(path).\(getpid()).svg"
        try AtomicFile.write(text, to: source)
        defer { unlink(source) }
        let status = try Subprocess.run(rasterizer, ["--zoom", "2", "--output", path, source])
        guard status == 0 else {
            throw CommandError("\(path): \(rasterizer) ended with status \(status).", exitCode: .failure)
        }
    }

    /// The figure as text for stdout: as wide as its terminal, in colour there unless NO_COLOR is set.
    static func text(_ figure: Figure) -> String {
        let terminal = Terminal.standardOutput()
        return TerminalPlot(figure, width: min(terminal.width, 120), hasColor: terminal.hasColor).text
    }

    private static func isPNG(_ path: String) -> Bool { path.lowercased().hasSuffix(".png") }
}

/// Other programs.
enum Subprocess {
    /// Where a program is; nil if PATH does not have it.
    static func path(of name: String) -> String? {
        let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
        return folders.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    /// Runs a program to its end.
    ///
    /// - Returns: Its exit status; 128 and the signal's number if a signal ended it.
    /// - Throws: `CommandError` with status 69 if it cannot be started.
    static func run(_ name: String, _ arguments: [String]) throws -> Int {
        var process = pid_t()
        var words: [UnsafeMutablePointer<CChar>?] = ([name] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        let code = posix_spawnp(&process, name, nil, nil, &words, environ)
        guard code == 0 else {
            throw CommandError(
                "'\(name)' cannot be started: \(String(cString: strerror(code))).", exitCode: .unavailable)
        }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? Int(status >> 8 & 0xFF) : 128 + Int(status & 0x7F)
    }
}
