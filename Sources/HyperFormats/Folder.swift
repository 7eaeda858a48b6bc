import Glibc

/// Operations on folders and names, with errors that name the path and the system's reason.
public enum Folder {
    /// Makes a folder and the missing ones above it, so that their names survive a power cut; one that exists is fine.
    ///
    /// - Throws: `FileWriteError`.
    public static func make(_ path: String) throws {
        if mkdir(path, 0o755) == 0 { return try flush(parent(of: path), reportedAs: path) }
        let reason = errno
        if reason == EEXIST && isFolder(path) { return }
        if reason == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try make(String(path[..<slash]))
            if mkdir(path, 0o755) == 0 { return try flush(parent(of: path), reportedAs: path) }
            let reason = errno
            if reason == EEXIST && isFolder(path) { return }
            throw FileWriteError(path: path, problem: "the folder cannot be made: \(systemReason("mkdir", reason))")
        }
        throw FileWriteError(path: path, problem: "the folder cannot be made: \(systemReason("mkdir", reason))")
    }

    /// Whether something is there that is a folder; symbolic links are followed.
    public static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether anything of this name is there.
    public static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// The names in a folder, sorted, without `.` and `..`.
    ///
    /// - Throws: `FormatError` if it cannot be read.
    public static func names(in path: String) throws -> [String] {
        guard let folder = opendir(path) else {
            throw FormatError(path: path, problem: "cannot be read: \(systemReason("opendir"))")
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Gives a file or folder another name, replacing a file of that name, so that the change survives a power cut.
    ///
    /// - Throws: `FileWriteError`.
    public static func rename(_ path: String, to newPath: String) throws {
        guard Glibc.rename(path, newPath) == 0 else {
            throw FileWriteError(path: newPath, problem: "cannot be put in place: \(systemReason("rename"))")
        }
        try flush(parent(of: newPath))
    }

    /// Exchanges two names in one step, so that at every moment something is there under each.
    ///
    /// - Throws: `FileWriteError`; file systems that cannot do it say `Invalid argument`.
    public static func exchange(_ path: String, _ other: String) throws {
        // The header hides renameat2(2) from Swift, so it is looked up by name; 2 is RENAME_EXCHANGE of linux/fs.h.
        typealias Call = @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32
        guard let symbol = dlsym(nil, "renameat2") else {
            throw FileWriteError(path: other, problem: "cannot be put in place: this system has no renameat2")
        }
        guard unsafeBitCast(symbol, to: Call.self)(AT_FDCWD, path, AT_FDCWD, other, 2) == 0 else {
            throw FileWriteError(path: other, problem: "cannot be put in place: \(systemReason("renameat2"))")
        }
        try flush(parent(of: other))
    }

    /// Makes new and changed names in a folder survive a power cut.
    ///
    /// - Throws: `FileWriteError`.
    public static func flush(_ path: String) throws { try flush(path, reportedAs: path) }

    private static func flush(_ path: String, reportedAs name: String) throws {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            // A folder that may be written and searched but not read cannot be opened, so the system flushes it later.
            if errno == EACCES { return }
            throw FileWriteError(path: name, problem: "the folder cannot be flushed: \(systemReason("open"))")
        }
        defer { close(descriptor) }
        // Some network file systems cannot flush a folder and say EINVAL; nothing is lost by that.
        guard flushed(descriptor) || errno == EINVAL else {
            throw FileWriteError(path: name, problem: "the folder cannot be flushed: \(systemReason("fsync"))")
        }
    }

    /// Makes the content of an existing file survive a power cut.
    ///
    /// - Throws: `FileWriteError`.
    public static func flushFile(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw FileWriteError(path: path, problem: "cannot be flushed: \(systemReason("open"))")
        }
        defer { close(descriptor) }
        guard flushed(descriptor) else {
            throw FileWriteError(path: path, problem: "cannot be flushed: \(systemReason("fsync"))")
        }
    }

    /// Removes a file, or a folder with all that is in it; links are removed, not followed. Nothing there is fine.
    ///
    /// - Throws: `FileWriteError`.
    public static func remove(_ path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw FileWriteError(path: path, problem: "cannot be removed: \(systemReason("lstat"))")
        }
        if status.st_mode & S_IFMT == S_IFDIR {
            for name in (try? names(in: path)) ?? [] { try remove("\(path)/\(name)") }
            guard rmdir(path) == 0 || errno == ENOENT else {
                throw FileWriteError(path: path, problem: "cannot be removed: \(systemReason("rmdir"))")
            }
        } else {
            guard unlink(path) == 0 || errno == ENOENT else {
                throw FileWriteError(path: path, problem: "cannot be removed: \(systemReason("unlink"))")
            }
        }
    }

    /// Cuts a file to its first `byteCount` bytes.
    ///
    /// - Throws: `FileWriteError`.
    public static func truncateFile(_ path: String, to byteCount: Int) throws {
        guard truncate(path, off_t(byteCount)) == 0 else {
            throw FileWriteError(
                path: path, problem: "cannot be cut to \(byteCount) bytes: \(systemReason("truncate"))")
        }
    }

    /// The size of a file in bytes; nil if there is none.
    public static func fileSize(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
    }

    /// Bytes that can still be written on the file system of a path; nil if the system does not tell.
    public static func freeByteCount(at path: String) -> Int? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return Int(
            clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
    }

    /// The path without symbolic links and dots; nil if there is nothing.
    public static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The folder that holds a file.
    public static func parent(of path: String) -> String {
        path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    }
}
