import HyperFormats
import Testing

@Test func foldersAreMadeListedRenamedAndRemoved() throws {
    let folder = try TemporaryFolder()
    try Folder.make(folder.file("a/b/c"))
    try Folder.make(folder.file("a/b/c"))
    _ = try folder.write("1", to: "a/one")
    _ = try folder.write("22", to: "a/b/two")
    #expect(try Folder.names(in: folder.file("a")) == ["b", "one"])
    #expect(Folder.fileSize(folder.file("a/b/two")) == 2 && Folder.fileSize(folder.file("a/b")) == nil)
    try Folder.rename(folder.file("a/b"), to: folder.file("a/d"))
    try Folder.truncateFile(folder.file("a/d/two"), to: 1)
    #expect(try folder.text("a/d/two") == "2")
    try Folder.remove(folder.file("a"))
    try Folder.remove(folder.file("a"))
    #expect(!Folder.exists(folder.file("a")))
    #expect((Folder.freeByteCount(at: folder.path) ?? 0) > 0)
}

@Test func exchangedFoldersKeepTheirContent() throws {
    let folder = try TemporaryFolder()
    try Folder.make(folder.file("new"))
    try Folder.make(folder.file("old"))
    _ = try folder.write("n", to: "new/file")
    _ = try folder.write("o", to: "old/file")
    try Folder.exchange(folder.file("new"), folder.file("old"))
    #expect(try folder.text("old/file") == "n" && folder.text("new/file") == "o")
}

@Test func whatCannotBeDoneToFoldersIsTold() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("", to: "file")
    let made = #expect(throws: FileWriteError.self) { try Folder.make("\(file)/below") }
    #expect(made?.problem == "the folder cannot be made: mkdir: Not a directory (errno 20)")
    let renamed = #expect(throws: FileWriteError.self) { try Folder.rename(folder.file("none"), to: folder.file("x")) }
    #expect(renamed?.problem == "cannot be put in place: rename: No such file or directory (errno 2)")
    let listed = #expect(throws: FormatError.self) { try Folder.names(in: folder.file("none")) }
    #expect(listed?.problem == "cannot be read: opendir: No such file or directory (errno 2)")
    // A link is removed, what it leads to stays.
    try Folder.make(folder.file("kept"))
    _ = try folder.write("k", to: "kept/file")
    try #require(folder.makeLink(to: "kept"))
    try Folder.remove(folder.file("link"))
    #expect(try folder.text("kept/file") == "k")
}
