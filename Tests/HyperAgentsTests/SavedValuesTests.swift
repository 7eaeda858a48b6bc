import Testing

@testable import HyperAgents

/// Values of a checkpoint are what they were saved as, or refused by name.
@Suite struct SavedValuesTests {
    private static let values: SavedValues = {
        var values = SavedValues()
        values["none"] = .integers([])
        values["zero"] = .integers([0])
        values["largest"] = .integers([Int(Int32.max)])
        values["beyond"] = .integers([Int(Int32.max) + 1])
        values["negative"] = .integers([-1])
        values["two"] = .integers([1, 2])
        values["half"] = .doubles([0.5])
        values["pair"] = .doubles([1, .infinity])
        values["word"] = .text("a word")
        return values
    }()

    @Test func valuesComeBack() throws {
        let values = Self.values
        #expect(try values.count("zero") == 0 && values.count("largest") == Int(Int32.max))
        #expect(try values.integers("two") == [1, 2] && values.integers("negative") == [-1])
        #expect(try values.double("half") == 0.5 && values.doubles("pair") == [1, .infinity])
        #expect(try values.text("word") == "a word" && values.text("other") == nil)
    }

    @Test(arguments: ["none", "beyond", "negative", "two", "half", "word", "missing"])
    func countsAreSingleNumbersOf31Bits(_ name: String) {
        #expect(throws: SavedValueError.self) { try Self.values.count(name) }
    }

    @Test func anotherKindIsRefusedByName() {
        let values = Self.values
        func problem(_ body: () throws -> some Any) -> String? {
            (#expect(throws: SavedValueError.self) { _ = try body() })?.description
        }
        #expect(problem { try values.integers("half") } == "saved value 'half' is not integers")
        #expect(problem { try values.doubles("two") } == "saved value 'two' is not doubles")
        #expect(problem { try values.text("two") } == "saved value 'two' is not a text")
        #expect(problem { try values.integers("missing") } == "saved value 'missing' is missing")
        #expect(problem { try values.double("pair") } == "saved value 'pair' has 2 numbers, not 1")
    }
}
