import HyperFormats
import Testing

@Test func readsOneRowALine() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("0.5, -1,\t2e-3\r\n.5,+1.,0\n", to: "actions.csv")
    #expect(try NumberTable.rows(contentsOf: path, columns: 3) == [[0.5, -1, 0.002], [0.5, 1, 0]])
    #expect(try NumberTable.rows(contentsOf: path) == NumberTable.rows(contentsOf: path, columns: 3))
    #expect(try NumberTable.rows(contentsOf: folder.write("1\n2", to: "no end")) == [[1], [2]])
    #expect(try NumberTable.rows(contentsOf: folder.write("", to: "empty")) == [])
}

@Test(arguments: [
    ("1,2\n1,x\n", "line 2, column 2: 'x' is not a finite decimal number"),
    ("1,\n", "line 1, column 2: '' is not a finite decimal number"),
    ("1,2\n\n1,2\n", "line 2, column 1: '' is not a finite decimal number"),
    ("1,nan\n", "column 2: 'nan' is not"),
    ("inf,1\n", "column 1: 'inf' is not"),
    ("0x10,1\n", "'0x10' is not"),
    ("1e999,1\n", "'1e999' is not"),
    ("1 2,3\n", "'1 2' is not"),
    ("1,2\n1,2,3\n", "line 2: 3 numbers, 2 are needed"),
    ("1\n", "line 1: 1 numbers, 2 are needed"),
])
func rejectsTablesWithPlace(_ text: String, _ problem: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(text, to: "actions.csv")
    let error = #expect(throws: FormatError.self) { try NumberTable.rows(contentsOf: path, columns: 2) }
    #expect(error?.path == path)
    #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "")")
}

@Test func firstLineSetsTheCountAndBytesMustBeText() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("1,2\n1\n", to: "a")
    let error = #expect(throws: FormatError.self) { try NumberTable.rows(contentsOf: path) }
    #expect(error?.problem == "line 2: 1 numbers, 2 are needed")
    let binary = try folder.write([0xFF, 0x31], to: "b")
    #expect(throws: FormatError(path: binary, problem: "is not text in UTF-8")) {
        try NumberTable.rows(contentsOf: binary)
    }
}

@Test func writesRowsAtOnceAndContinues() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("progress.csv")
    let first = try CSVWriter(path: path, columns: ["step", "return", "note"])
    try first.write([.integer(1), .double(0.1), .text("a, \"b\"\u{301}\nc")])
    #expect(try folder.text("progress.csv") == "step,return,note\n1,0.1,\"a, \"\"b\"\"\u{301}\nc\"\n")
    let second = try CSVWriter(path: path, columns: ["step", "return", "note"])
    try second.write([.integer(2), .double(.nan), .missing])
    try first.write([.integer(3), .double(-.infinity), .text("plain")])
    #expect(try folder.text("progress.csv").hasSuffix("c\"\n2,nan,\n3,-inf,plain\n"))
}

@Test func refusesALogWithOtherColumns() throws {
    let folder = try TemporaryFolder()
    let other = try folder.write("step,loss\n", to: "other")
    let error = #expect(throws: FormatError.self) { try CSVWriter(path: other, columns: ["step", "return"]) }
    #expect(error?.problem == "begins with 'step,loss', so no rows can be added under 'step,return'")
    let cut = try folder.write("step\n1", to: "cut")
    let cutError = #expect(throws: FormatError.self) { try CSVWriter(path: cut, columns: ["step"]) }
    #expect(cutError?.problem == "its last line is incomplete, so no rows can be added")
    #expect(throws: FileWriteError.self) { try CSVWriter(path: folder.file("none/a"), columns: ["step"]) }
}

@Test func aFullDeviceIsReported() throws {
    let error = #expect(throws: FileWriteError.self) { try CSVWriter(path: "/dev/full", columns: ["step"]) }
    #expect(
        error?.description
            == "/dev/full: cannot be written: write: No space left on device (errno 28) after 0 bytes, 5 more were to follow"
    )
}

@Test func aRowMustFitTheColumns() async {
    await #expect(processExitsWith: .failure) {
        let folder = try TemporaryFolder()
        try CSVWriter(path: folder.file("a"), columns: ["step"]).write([.integer(1), .integer(2)])
    }
}
