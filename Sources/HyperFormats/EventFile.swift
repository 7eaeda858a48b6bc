import Glibc

/// A file of events that TensorBoard shows: TFRecord frames around `Event` messages of TensorFlow's event.proto.
///
/// Each event reaches the file whole, in one write. A file that a killed process left is valid up to its last whole
/// event, and readers take it so.
public final class EventFile {
    /// What TensorBoard takes for a file of events has this in its name.
    static let namePrefix = "events.out.tfevents."

    public let path: String
    private let file: WritableFile
    private let now: () -> Double

    /// Makes a new file in a folder, named so that readers take it after all that are there.
    ///
    /// - Parameters:
    ///   - folder: A folder that exists.
    ///   - firstStep: Events of this step and later ones in older files are void: they were written by a process that
    ///     did not go on from them. The file begins with an event that says so (a session start).
    ///   - note: A few words about the start.
    ///   - now: Seconds since 1970.
    /// - Throws: `FileWriteError`, `FormatError` if the folder cannot be read.
    public init(in folder: String, firstStep: Int, note: String, now: @escaping () -> Double = secondsSince1970) throws
    {
        self.now = now
        let newest = try Folder.names(in: folder).compactMap(Self.number).max() ?? 0
        let digits = String(max(newest + 1, Int(now())))
        let padded = String(repeating: "0", count: max(0, 10 - digits.count)) + digits
        path = "\(folder)/\(Self.namePrefix)\(padded).hyperrl"
        file = try WritableFile(path, flags: O_CREAT | O_EXCL | O_APPEND)
        var version = event(step: 0)
        version.add(3, text: "brain.Event:2")
        try write(version)
        var session = ProtobufMessage()
        session.add(1, integer: 1)
        session.add(3, text: note)
        var start = event(step: firstStep)
        start.add(7, message: session)
        try write(start)
    }

    /// Adds numbers of one step under their tags.
    ///
    /// - Throws: `FileWriteError`.
    public func write(step: Int, _ scalars: [(tag: String, value: Double)]) throws {
        guard !scalars.isEmpty else { return }
        var summary = ProtobufMessage()
        for scalar in scalars {
            var value = ProtobufMessage()
            value.add(1, text: scalar.tag)
            value.add(2, float: Float(scalar.value))
            summary.add(1, message: value)
        }
        var message = event(step: step)
        message.add(5, message: summary)
        try write(message)
    }

    private func event(step: Int) -> ProtobufMessage {
        var message = ProtobufMessage()
        message.add(1, double: now())
        message.add(2, integer: step)
        return message
    }

    /// Length, its checksum, the message, its checksum.
    private func write(_ message: ProtobufMessage) throws {
        var frame: [UInt8] = []
        frame.append(littleEndian: UInt64(message.bytes.count))
        frame.append(littleEndian: CRC32C.masked(frame))
        frame += message.bytes
        frame.append(littleEndian: CRC32C.masked(message.bytes))
        try frame.withUnsafeBytes { try file.write($0) }
    }

    /// The number in a name that this type gave.
    private static func number(_ name: String) -> Int? {
        guard name.hasPrefix(namePrefix) else { return nil }
        return name.dropFirst(namePrefix.count).split(separator: ".").first.flatMap { Int($0) }
    }
}

/// The system's clock.
public func secondsSince1970() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
