import Glibc
import HyperFormats

/// Keeps a second process out of a run's folder: a file `lock` that this process holds locked, with its number and
/// the name of its machine inside.
///
/// The system releases the lock when the process ends, however it ends, so a lock file without a holder is stale and
/// is simply taken; what number it names, and whether another process has that number now, does not matter.
public final class RunLock: Sendable {
    /// The process that works on a run.
    public struct Holder: Hashable, Sendable, CustomStringConvertible {
        /// Its number, if it can be read.
        public let process: Int?
        /// The machine that it runs on, if that is another one.
        public let otherMachine: String?

        public var description: String { (process.map { "process \($0)" } ?? "another process") + place }

        fileprivate var place: String { otherMachine.map { " on \($0)" } ?? "" }
    }

    /// Why the folder is not to be had; programs end with status 75.
    public struct Held: Error, CustomStringConvertible {
        public let path: String
        public let holder: Holder

        public var description: String {
            "\(path): is in use by \(holder); wait for it to end, or end it\(holder.place) "
                + "(kill \(holder.process.map(String.init) ?? "<its number>"))"
        }
    }

    static let name = "lock"
    private let path: String
    private let descriptor: Int32

    /// Takes the lock of a folder.
    ///
    /// - Throws: `Held`, or `FileWriteError` if the file cannot be made or its file system keeps no locks.
    init(folder: String) throws {
        let path = "\(folder)/\(Self.name)"
        let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard opened >= 0 else {
            throw FileWriteError(
                path: path, problem: "cannot be opened: \(String(cString: strerror(errno))) (errno \(errno))")
        }
        var reason: Int32 = 0
        for attempt in 0..<6 {
            // Somebody who only looks (`holder`) has it for a moment.
            if attempt > 0 { usleep(10_000) }
            reason = flock(opened, LOCK_EX | LOCK_NB) == 0 ? 0 : errno
            guard reason == EWOULDBLOCK || reason == EINTR else { break }
        }
        guard reason == 0 else {
            defer { close(opened) }
            if reason == EWOULDBLOCK { throw Held(path: folder, holder: Self.holder(namedIn: opened)) }
            throw FileWriteError(
                path: path,
                problem: "cannot be locked: \(String(cString: strerror(reason))) (errno \(reason)); "
                    + "put the run on a file system that keeps locks")
        }
        // The number is for people and messages; the lock itself is what counts.
        let text = "\(getpid())\n\(Self.machine)\n"
        ftruncate(opened, 0)
        _ = text.withCString { pwrite(opened, $0, strlen($0), 0) }
        self.path = path
        descriptor = opened
    }

    /// Whether the lock still guards the folder of that name: it does not if the folder was moved or removed, and
    /// perhaps made anew by another process, whose files must be left alone.
    ///
    /// - Throws: `FileWriteError`.
    func checkPlace() throws {
        var (mine, there) = (stat(), stat())
        guard fstat(descriptor, &mine) == 0, stat(path, &there) == 0, mine.st_ino == there.st_ino,
            mine.st_dev == there.st_dev
        else {
            throw FileWriteError(
                path: Folder.parent(of: path),
                problem: "was moved, removed or replaced while this run worked on it; nothing was written there")
        }
    }

    deinit {
        ftruncate(descriptor, 0)
        close(descriptor)
    }

    /// The process that holds the lock of a folder now; nil if none does.
    static func holder(of folder: String) -> Holder? {
        let opened = open("\(folder)/\(name)", O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { return nil }
        defer { close(opened) }
        if flock(opened, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK { return nil }
        return holder(namedIn: opened)
    }

    /// What a lock file says of the process that holds it.
    private static func holder(namedIn descriptor: Int32) -> Holder {
        var bytes = [UInt8](repeating: 0, count: 320)
        let count = max(0, pread(descriptor, &bytes, bytes.count, 0))
        let lines = String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
        let other = lines.count > 1 && lines[1] != machine && isName(lines[1]) ? lines[1] : nil
        return Holder(process: lines.first.flatMap { Int($0) }, otherMachine: other)
    }

    /// The name of this machine; empty if the system does not tell it.
    private static var machine: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether a text from a file is fit for a message.
    private static func isName(_ text: String) -> Bool {
        text.utf8.allSatisfy { UInt8(ascii: "!")...UInt8(ascii: "~") ~= $0 }
    }
}
