import Foundation
import Testing

/// The built program, run as a user runs it.
struct RunningProgram {
    let exitCode: Int32
    let output: String
    let error: String

    /// Seconds after which a program is ended.
    private static let secondsLimit = 120

    /// The lines of `output`.
    var lines: [String] { output.split(separator: "\n").map(String.init) }

    /// Runs the program to its end in `folder`.
    ///
    /// - Parameters:
    ///   - words: The command line without the program's name.
    ///   - folder: The working folder.
    ///   - environment: Environment variables beside those of the test.
    ///   - afterStart: Called once the program runs, with its process number.
    init(
        _ words: [String], in folder: Scratch, environment: [String: String] = [:],
        afterStart: (pid_t) throws -> Void = { _ in }
    ) throws {
        let process = Process()
        process.executableURL = try Self.binary()
        process.arguments = words
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        // Files take any amount of output without a reader.
        let names = ["stdout", "stderr"].map { folder.file("\($0)-\(UUID().uuidString)") }
        for name in names { try "".write(toFile: name, atomically: false, encoding: .utf8) }
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: names[0]))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: names[1]))
        process.standardInput = FileHandle.nullDevice
        try process.run()
        try afterStart(process.processIdentifier)
        for _ in 0..<Self.secondsLimit * 100 where process.isRunning { usleep(10_000) }
        // A program that hangs must not keep the machine busy; its exit status then fails the test.
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        exitCode = process.terminationStatus
        output = try String(contentsOfFile: names[0], encoding: .utf8)
        error = try String(contentsOfFile: names[1], encoding: .utf8)
    }

    /// The program lies beside the bundle of the tests.
    private static func binary() throws -> URL {
        let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        var folder = bundle.deletingLastPathComponent()
        while folder.path != "/" {
            let candidate = folder.appendingPathComponent("hyperrl")
            if FileManager.default.isExecutableFile(atPath: candidate.path) && !candidate.hasDirectoryPath {
                return candidate
            }
            folder = folder.deletingLastPathComponent()
        }
        throw CocoaError(.fileNoSuchFile)
    }
}

/// A folder for one test; removed with the object.
final class Scratch {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "hyperrl-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    func write(_ text: String, to name: String) throws {
        try text.write(toFile: file(name), atomically: false, encoding: .utf8)
    }

    func text(_ name: String) throws -> String { try String(contentsOfFile: file(name), encoding: .utf8) }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name)) }
}
