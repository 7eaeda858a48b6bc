import Foundation
import HyperCommandLine
import HyperFormats
import Testing

@testable import HyperAgents
@testable import HyperExperiments
@testable import hyperrl

/// A configuration of which the first setting never applies.
private struct Tuned: Configurable {
    var speed = 3
    var size = 5

    static var settings: [Setting<Tuned>] {
        [
            Setting.integer("speed", \.speed, 0...9, unit: .metresPerSecond, "How fast.").unless { _ in "nothing moves"
            },
            .integer("size", \.size, 0...9, "How large."),
        ]
    }
}

/// A setting that does not apply must not shift the values of those after it.
@Test func everySettingIsListedWithItsOwnValue() {
    var table = TextTable("PROBE", "SETTING", "DEFAULT", "UNIT", "VALUES", "WHAT IT IS")
    table.addSettings(of: Tuned(), for: "p")
    #expect(
        table.rows == [
            ["p", "speed", "3", "m/s", "an integer in 0...9", "How fast."],
            ["p", "size", "5", "-", "an integer in 0...9", "How large."],
        ])
}

@Test func aSettingThatAnotherChangedIsShownWithIt() throws {
    let folder = try Scratch()
    let result = try RunningProgram(["config", "show", "td3", "--set", "primary.head-size=300"], in: folder)
    #expect(result.exitCode == 0)
    let rows = result.lines.map { $0.split(separator: " ").map(String.init) }
    #expect(rows.contains(["primary.widths", "256,300,300", "--set", "primary.head-size"]))
    #expect(rows.contains(["primary.blocks", "6", "default"]))
}

/// Whatever a setting's mistake is, it is told in one line where it stands, with the right exit status.
@Test(arguments: [
    (SettingError.unknownName("sze", known: ["size"]), "Unknown setting 'sze'. Did you mean 'size'?"),
    (.badValue(name: "size", value: "x", expected: "an integer"), "'size': 'x' is not an integer."),
    (.inapplicable(name: "size", reason: "nothing is large"), "Setting 'size' does not apply: nothing is large."),
    (.conflict("Size and speed do not fit."), "Size and speed do not fit."),
])
func mistakesOfSettingsAreTold(_ error: SettingError, _ text: String) throws {
    let inFile = try #require(explanation(of: ConfigurationError(error, from: .file("c.json"))))
    #expect(inFile.message.hasPrefix("c.json: \(text)") && inFile.exitCode == .badData)
    let inOption = try #require(explanation(of: ConfigurationError(error, from: .option("--set size"))))
    #expect(inOption.message.hasSuffix(text) && inOption.exitCode == .usage)
}

@Test func aRunWhoseFileHoldsWhatIsUnknownIsRefused() throws {
    let folder = try Scratch()
    #expect(try RunningProgram(shortRun + ["--steps", "10", "--output", "run"], in: folder).exitCode == 0)
    let path = folder.file("run/run.json")
    let written = try #require(JSONValue(contentsOf: path).asObject)
    func refused(_ words: String, _ change: (inout JSONObject) throws -> Void) throws {
        var object = written
        try change(&object)
        try AtomicFile.write(SealedJSON.sealed(object).indentedJSONText, to: path)
        let result = try RunningProgram(["resume", "run", "--steps", "20"], in: folder)
        #expect(result.exitCode == 65 && result.error.hasPrefix("Error: run/run.json: \(words)"), "\(result.error)")
        #expect(result.error.split(separator: "\n").count == 1)
    }
    try refused(#""settings" hold speed = 3, which is unknown. It was written by version"#) { object in
        var settings = try #require(object["settings"]?.asObject)
        settings["speed"] = 3
        object["settings"] = .object(settings)
    }
    try refused(#""on-save-failure" is "retry", which is not one of stop, continue. It was written by"#) {
        $0["on-save-failure"] = "retry"
    }
    try refused(#""steps" is "10", which is not an integer in 1...1000000000 (steps). It was written"#) {
        $0["steps"] = "10"
    }
    try refused(#""format" is 3; this program reads formats 1 to 2. Use a newer one."#) { $0["format"] = 3 }
}
