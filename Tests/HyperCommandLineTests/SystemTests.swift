import Foundation
import HyperCommandLine
import Testing

@Test func aFullDeviceEndsWithItsOwnStatus() throws {
    let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
    var line = ""
    let program = Program(root: Command("p", summary: "P.", subcommands: []), version: "1")
    let exitCode = program.run(
        ["--version"], output: OutputWriter(descriptor: full.fileDescriptor), errors: { line = $0 })
    #expect(exitCode == .cannotCreate)
    #expect(line == "Error: stdout cannot be written: No space left on device (errno 28).")
}

@Test func outputArrivesInOrderWhenTheBufferOverflows() throws {
    let path = NSTemporaryDirectory() + "hyperrl-output-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try #require(FileManager.default.createFile(atPath: path, contents: nil))
    let file = try #require(FileHandle(forWritingAtPath: path))
    let writer = OutputWriter(descriptor: file.fileDescriptor)
    for number in 0..<50_000 { try writer.writeLine("\(number)") }
    try writer.flush()
    let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
    #expect(text == (0..<50_000).map { "\($0)\n" }.joined())
}

/// Sends a signal to this process (threads of a pool block signals, so `raise` would not do) and waits until it is noted.
private func receive(_ signal: Int32) {
    kill(getpid(), signal)
    for _ in 0..<1000 where Interruption.exitCode == nil { usleep(10_000) }
}

@Test func theFirstSignalIsNotedAndTheSecondEnds() async {
    await #expect(processExitsWith: .exitCode(143)) {
        Interruption.watch()
        receive(SIGTERM)
        exit(Interruption.exitCode?.rawValue ?? 0)
    }
    await #expect(processExitsWith: .exitCode(130)) {
        Interruption.watch()
        receive(SIGINT)
        exit(Interruption.exitCode?.rawValue ?? 0)
    }
    await #expect(processExitsWith: .exitCode(7)) {
        Interruption.watch()
        exit(Interruption.exitCode?.rawValue ?? 7)
    }
    await #expect(processExitsWith: .signal(SIGTERM)) {
        Interruption.watch()
        receive(SIGTERM)
        receive(SIGTERM)
        sleep(10)
    }
}
