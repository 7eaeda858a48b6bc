import Testing

@testable import HyperFormats

private func parse(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

@Test func parsesEveryKindAndKeepsOrder() throws {
    let value = try parse(
        #" {"b":[1,-2.5e3,true,false,null],"a":{"text":"\"\\\/\b\f\n\r\tä\u00e4\ud83d\ude00"},"":{}} "#)
    let expected: JSONValue = [
        "b": [1, -2500.0, true, false, nil],
        "a": ["text": "\"\\/\u{8}\u{c}\n\r\tää😀"],
        "": [:],
    ]
    #expect(value == expected)
    #expect(value.asObject?.keys == ["b", "a", ""])
}

@Test func keepsIntegersExactAndWidensTheRest() throws {
    #expect(try parse("9223372036854775807") == .integer(.max))
    #expect(try parse("-9223372036854775808") == .integer(.min))
    #expect(try parse("9223372036854775808") == .double(9_223_372_036_854_775_808))
    #expect(try parse("1.0") == .double(1))
    #expect(try parse("-0").asDouble?.sign == .minus)
    #expect(try parse("0." + String(repeating: "3", count: 5000)) == .double(1.0 / 3))
}

@Test(arguments: [
    ("", "line 1, column 1: expected a value, found the end"),
    ("[1,\n 2,]", "line 2, column 4: expected a value, found ']'"),
    (#"{"a":1,"b":2,"a":3}"#, "column 14: key 'a' occurs twice"),
    (#"{"a":1,}"#, "expected a key in quotes, found '}'"),
    (#"{a:1}"#, "expected a key in quotes, found 'a'"),
    (#"{"a" 1}"#, "expected ':', found '1'"),
    (#"{"a":1 "b":2}"#, "expected ',' or '}', found '\"'"),
    ("[1 2]", "expected ',' or ']', found '2'"),
    ("[1", "expected ',' or ']', found the end"),
    ("1 1", "unexpected '1' after the value"),
    ("01", "a number may not start with 0"),
    ("1.", "expected a digit, found the end"),
    (".5", "expected a value, found '.'"),
    ("+1", "expected a value, found '+'"),
    ("-", "expected a digit, found the end"),
    ("1e", "expected a digit, found the end"),
    ("0x10", "unexpected 'x' after the value"),
    ("NaN", "expected a value, found 'N'"),
    ("1e999", "number '1e999' is beyond the range of a double"),
    ("truth", "expected 'true'"),
    ("nul", "expected 'null'"),
    ("\"abc", "string without end"),
    ("\"abc\\", "string without end"),
    ("\"a\nb\"", "control character 0xa inside a string"),
    (#""\x""#, "unknown escape in a string"),
    (#""\u12g4""#, "\\u needs four hexadecimal digits"),
    (#""\ud800""#, "lone surrogate \\ud800 in a string"),
    (#""\ud800\u0041""#, "lone surrogate \\ud800 in a string"),
    (#""\udc00""#, "lone surrogate \\udc00 in a string"),
    ("// note\n1", "expected a value, found '/'"),
    ("\u{FEFF}1", "expected a value, found byte 0xef"),
])
func rejectsWhatIsNotJSON(_ text: String, _ problem: String) throws {
    let error = #expect(throws: JSONSyntaxError.self) { try parse(text) }
    #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
}

@Test func rejectsStringsThatAreNotUTF8() {
    let error = #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: [0x22, 0xC3, 0x28, 0x22]) }
    #expect(error?.problem == "string is not valid UTF-8")
}

@Test func nestsUpToTheLimitOnly() throws {
    let limit = JSONValue.depthLimit
    let deepest = String(repeating: "[", count: limit) + String(repeating: "]", count: limit)
    #expect(throws: Never.self) { try parse(deepest) }
    let error = #expect(throws: JSONSyntaxError.self) { try parse("[" + deepest + "]") }
    #expect(error?.problem == "nested deeper than \(limit) levels")
    #expect(throws: JSONSyntaxError.self) { try parse(String(repeating: "[{\"a\":", count: 1_000_000)) }
}

@Test(
    arguments: [0.1, -0.0, 1e-308, .leastNonzeroMagnitude, 1.7976931348623157e308, 1.0 / 3, 1e16, 123456789.125]
        as [Double])
func doublesReadBackToTheSameBits(_ value: Double) throws {
    #expect(try parse(JSONValue.double(value).jsonText).asDouble?.bitPattern == value.bitPattern)
}

@Test func writesDeterministicText() throws {
    let value: JSONValue = [
        "z": [1, 2.5, "a\"\\\n\u{1}ä"], "a": [:], "list": [[1, 2], ["k": nil]],
        "bad": [.double(.nan), .double(.infinity)],
    ]
    #expect(
        value.jsonText
            == #"{"z":[1,2.5,"a\"\\\n\u0001ä"],"a":{},"list":[[1,2],{"k":null}],"bad":[null,null]}"#)
    #expect(
        value.indentedJSONText == """
            {
              "z": [1, 2.5, "a\\"\\\\\\n\\u0001ä"],
              "a": {},
              "list": [
                [1, 2],
                {
                  "k": null
                }
              ],
              "bad": [null, null]
            }

            """)
    #expect(try parse(value.indentedJSONText).jsonText == value.jsonText)
}

@Test func objectReplacesInPlaceAndRemoves() {
    var object = JSONObject()
    object["b"] = 1
    object["a"] = 2
    object["b"] = 3
    #expect(object.keys == ["b", "a"])
    #expect(object["b"] == 3)
    object["b"] = nil
    object["missing"] = nil
    #expect(object.keys == ["a"])
}

@Test func readingAFileNamesPathAndPlace() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("{\n\"qpos\": [1,}\n", to: "state.json")
    let error = #expect(throws: FormatError.self) { try JSONValue(contentsOf: path) }
    #expect(error?.description == "\(path): not valid JSON: line 2, column 12: expected a value, found '}'")
    let missing = #expect(throws: FormatError.self) { try JSONValue(contentsOf: folder.file("no.json")) }
    #expect(missing?.problem == "cannot be read: open: No such file or directory (errno 2)")
    let isFolder = #expect(throws: FormatError.self) { try JSONValue(contentsOf: folder.path) }
    #expect(isFolder?.problem == "is a folder, a file is needed")
}

@Test func aDeviceWithoutEndIsRefused() {
    let error = #expect(throws: FormatError.self) { try readFile("/dev/zero", limit: 1 << 20) }
    #expect(error?.problem == "holds more than 1048576 bytes, the limit for a text file")
}

/// Bit flips, insertions and cuts of a valid text never crash the parser, and what it accepts it can write and read.
@Test func survivesMutations() throws {
    let text = #"{"a":[1,-2.5e3,true,null,"\u00e4\ud83d\ude00ä"],"b":{"c":[[],{}]},"d":1e-7}"#
    var generator = SplitMix(state: 1)
    var accepted = 0
    for _ in 0..<20_000 {
        let bytes = mutated(Array(text.utf8), using: &generator)
        guard let value = try? JSONValue(parsing: bytes) else { continue }
        accepted += 1
        #expect(try JSONValue(parsing: Array(value.jsonText.utf8)).jsonText == value.jsonText)
    }
    #expect((100..<19_000).contains(accepted), "the loop must try valid and invalid texts: \(accepted) accepted")
}
