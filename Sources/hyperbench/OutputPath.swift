import Glibc
import HyperFormats

/// Files that a command writes when it has measured.
enum OutputPath {
    /// Looks whether a file can be written, so that a mistake shows before minutes of measuring.
    ///
    /// - Throws: `FileWriteError` with the folder and the system's reason.
    static func check(_ path: String) throws {
        let folder = Folder.parent(of: path)
        guard access(folder, W_OK | X_OK) == 0 else {
            throw FileWriteError(path: path, problem: "folder '\(folder)': \(String(cString: strerror(errno)))")
        }
        if Folder.isFolder(path) { throw FileWriteError(path: path, problem: "is a folder; name a file in it") }
    }
}
