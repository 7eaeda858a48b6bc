import Glibc

/// An open folder that belongs to this user and that nobody else may write; so do its files. Everything goes through the opened
/// folder, so that nothing put in its place later is met, and symbolic links are not followed.
final class PrivateFolder {
    private let descriptor: Int32

    /// Why a folder that is there may not be used.
    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    /// Opens a folder; nil if there is none or it cannot be read.
    ///
    /// - Throws: `Refusal` if others could have written what lies in it.
    init?(_ path: String) throws(Refusal) {
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if descriptor < 0 {
            guard errno == ELOOP || errno == ENOTDIR, Self.isLink(path) else { return nil }
            throw Refusal(
                description: "the kernel cache \(path) is not used: it is a symbolic link; "
                    + "name another folder with XDG_CACHE_HOME")
        }
        guard let status = Self.status(descriptor), !Self.isPrivate(status) else { return }
        let mode = String(status.st_mode & 0o7777, radix: 8)
        throw Refusal(
            description:
                "the kernel cache \(path) is not used: its owner is user \(status.st_uid) and its mode \(mode), "
                + "so others could have put code there; name another folder with XDG_CACHE_HOME, or make it yours alone "
                + "(user \(geteuid()), mode 700)")
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The contents of a file of this user's, which counts as used now; nil if there is none.
    func read(_ name: String) -> [UInt8]? {
        let file = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        guard let status = Self.status(file), Self.isPrivate(status), status.st_mode & S_IFMT == S_IFREG else {
            return nil
        }
        _ = futimens(file, nil)
        var result = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < result.count {
            let count = result.withUnsafeMutableBytes {
                Glibc.read(file, $0.baseAddress.map { $0 + filled }, $0.count - filled)
            }
            if count <= 0 { return nil }
            filled += count
        }
        return result
    }

    /// Writes a file, under a name of its own first: another process never sees half of it.
    func write(_ bytes: [UInt8], to name: String) {
        let temporary = "\(name).\(getpid()).tmp"
        // One that a killed process of the same number left.
        unlinkat(descriptor, temporary, 0)
        let file = openat(descriptor, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(file, $0.baseAddress.map { $0 + written }, $0.count - written)
            }
            if count <= 0 { break }
            written += count
        }
        let isWhole = close(file) == 0 && written == bytes.count
        if isWhole, renameat(descriptor, temporary, descriptor, name) == 0 { return }
        unlinkat(descriptor, temporary, 0)
    }

    /// Removes files, those that were used longest ago first, until no more are left than are to be kept.
    func prune(_ limit: (files: Int, bytes: Int)) {
        var files: [(name: String, used: timespec, size: Int)] = []
        for name in names() {
            var status = stat()
            guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0, status.st_mode & S_IFMT == S_IFREG
            else {
                continue
            }
            files.append((name, status.st_mtim, Int(status.st_size)))
        }
        files.sort { ($0.used.tv_sec, $0.used.tv_nsec, $0.name) > ($1.used.tv_sec, $1.used.tv_nsec, $1.name) }
        var bytes = 0
        for (index, file) in files.enumerated() {
            bytes += file.size
            if index >= limit.files || bytes > limit.bytes { unlinkat(descriptor, file.name, 0) }
        }
    }

    private func names() -> [String] {
        // closedir closes the descriptor it was given.
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let stream = fdopendir(copy) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".bin") || name.hasSuffix(".tmp") { names.append(name) }
        }
        return names
    }

    private static func status(_ descriptor: Int32) -> stat? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? status : nil
    }

    private static func isPrivate(_ status: stat) -> Bool {
        status.st_uid == geteuid() && status.st_mode & 0o022 == 0
    }

    private static func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }
}
