import Testing

@testable import HyperCommandLine

@Test(arguments: [
    ("", "", 0), ("abc", "", 3), ("", "abc", 3), ("abc", "abc", 0), ("abc", "abd", 1), ("abc", "acb", 1),
    ("kitten", "sitting", 3), ("ca", "abc", 3), ("--sed", "--seed", 1), ("aab", "aba", 1), ("ab", "ba", 1),
])
func editDistancesAreRight(_ first: String, _ second: String, _ distance: Int) {
    #expect(NameSuggestions.editDistance(first, second) == distance)
    #expect(NameSuggestions.editDistance(second, first) == distance)
}

@Test func findsTheNearestNames() {
    let critics = ["sa-hyper", "as-hyper", "emb-hyper", "mlp-standard", "mlp-small", "mlp-large"]
    #expect(NameSuggestions.nearest(to: "sa-hypr", among: critics).first == "sa-hyper")
    #expect(NameSuggestions.nearest(to: "SA-HYPER", among: critics).first == "sa-hyper")
    #expect(NameSuggestions.nearest(to: "mlp", among: critics) == ["mlp-standard", "mlp-small", "mlp-large"])
    #expect(NameSuggestions.nearest(to: "mlp", among: critics, limit: 1) == ["mlp-standard"])
    #expect(NameSuggestions.nearest(to: "mlp-smal", among: ["mlp-shall", "mlp-small"]) == ["mlp-small", "mlp-shall"])
    #expect(NameSuggestions.nearest(to: "transformer", among: critics) == [])
    #expect(NameSuggestions.nearest(to: "x", among: ["y", "xy", "xyz"]) == ["y", "xy"])
    #expect(NameSuggestions.nearest(to: String(repeating: "a", count: 100_000), among: ["a"]) == [])
}

@Test func sentencesNameWhatWasMeant() {
    #expect(
        NameSuggestions.unknown("critic", "sa-hiper", among: ["sa-hyper", "mlp-small"])
            == "Unknown critic 'sa-hiper'. Did you mean 'sa-hyper'?")
    #expect(
        NameSuggestions.unknown("critic", "mlp", among: ["mlp-a", "mlp-b", "mlp-c"])
            == "Unknown critic 'mlp'. Did you mean 'mlp-a', 'mlp-b' or 'mlp-c'?")
    #expect(
        NameSuggestions.unknown("critic", "q", among: ["aaa", "bbb"]) == "Unknown critic 'q'. There are: aaa, bbb.")
    #expect(NameSuggestions.unknown("key", "q", among: []) == "Unknown key 'q'.")
}
