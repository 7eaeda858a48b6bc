import Foundation
import HyperAgents
import HyperEnvironments
import HyperFormats
import Testing

@testable import HyperExperiments

/// Layers of values: the stronger holds, and every value knows where it comes from.
@Suite struct ConfigurationTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func layer(_ origin: ValueOrigin, _ values: KeyValuePairs<String, String>) -> ConfigurationLayer {
        ConfigurationLayer(values.map { .init($0, $1, from: origin) })
    }

    private func file(_ text: String) throws -> String {
        let path = folder.file("config.json")
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test func theStrongerLayerHoldsAndDefaultsFollowItsCritic() throws {
        let resolved = try ResolvedConfiguration([
            ConfigurationLayer(.named("paper/td3/halfcheetah/sa-hyper")),
            layer(.file("f"), ["steps": "300", "batch-size": "7", "seeds": "4,2"]),
            layer(.option("--x"), ["critic": "mlp-standard", "batch-size": "9"]),
        ])
        let configuration = resolved.configuration
        #expect(configuration.environment == "HalfCheetah-v2" && configuration.agent.critic == .mlpStandard)
        #expect(
            configuration.steps == 300 && configuration.seeds == [4, 2]
                && configuration.agent.integer("batch-size") == 9)
        // The hypernetwork's learning rate would be 5e-5.
        #expect(configuration.values.contains { $0 == ("critic-learning-rate", "0.0003") })
        let origins = Dictionary(uniqueKeysWithValues: resolved.values.map { ($0.key, $0.origin) })
        #expect(origins["environment"] == .preset("paper/td3/halfcheetah/sa-hyper"))
        #expect(origins["steps"] == .file("f") && origins["batch-size"] == .option("--x"))
        #expect(origins["critic"] == .option("--x") && origins["discount"] == .standard)
    }

    /// `primary.head-size` cuts the widths, which hold what it set.
    @Test(arguments: [
        (["primary.head-size"], ["256,300,300", "a"]), (["primary.widths"], ["64,128,400", "a"]),
        (["primary.head-size", "primary.widths"], ["64,128,400", "b"]),
        (["primary.widths", "primary.head-size"], ["64,128,300", "b"]), ([], ["256,512,1024", "default"]),
    ])
    func aValueThatAnotherSettingChangedComesFromThere(_ given: [String], _ widths: [String]) throws {
        let texts = ["primary.head-size": "300", "primary.widths": "64,128,400"]
        let settings = zip(given, ["a", "b"]).map { key, words in
            ConfigurationLayer.Value(key, texts[key] ?? "", from: .option(words))
        }
        let resolved = try ResolvedConfiguration([
            layer(.option("<algorithm>"), ["algorithm": "td3"]), ConfigurationLayer(settings),
        ])
        func shown(_ key: String) -> [String] {
            resolved.values.filter { $0.key == key }.flatMap { [$0.text, $0.origin.description] }
        }
        #expect(shown("primary.widths") == widths && shown("primary.head-size").isEmpty)
        // What nothing touched keeps its origin.
        #expect(shown("primary.blocks") == ["6", "default"] && shown("algorithm") == ["td3", "<algorithm>"])
    }

    @Test func aTaskWithGoalsNeedsOne() throws {
        func resolved(_ values: KeyValuePairs<String, String>) throws -> RunConfiguration {
            try ResolvedConfiguration([layer(.option("--x"), ["algorithm": "td3"]), layer(.option("--x"), values)])
                .configuration
        }
        #expect(try resolved(["environment": "HalfCheetah-Vel", "goal": "1.5"]).goal == .velocity(1.5))
        #expect(try resolved(["goal": "backward", "environment": "Ant-Fwd-Back"]).goal == .direction(-1))
        #expect(try resolved([:]).goal == .none)
        #expect(
            throws: ConfigurationError.unfit(
                "HalfCheetah-Vel needs a goal, a speed in metres per second: give one with --goal, as --goal 1.5.",
                origin: .option("--x"))
        ) { try resolved(["environment": "HalfCheetah-Vel"]) }
        #expect(
            throws: ConfigurationError.badValue(
                key: "goal", text: "sideways", origin: .option("--x"), expected: "forward or backward")
        ) { try resolved(["environment": "Ant-Fwd-Back", "goal": "sideways"]) }
        #expect(
            throws: ConfigurationError.unfit("Hopper-v2 has no goal, so none can be given.", origin: .option("--x"))
        ) { try resolved(["environment": "Hopper-v2", "goal": "1"]) }
    }

    @Test func whatIsShownCanBeReadAndRunJSONToo() throws {
        let configuration = try TestRuns.configuration(seeds: [3, 1])
        let resolved = try ResolvedConfiguration([.init(layer(.option("o"), ["algorithm": "td3"]).values)])
        #expect(resolved.configuration == RunConfiguration())
        let shown = try ConfigurationFile.read(file(configuration.portableJSON.indentedJSONText))
        #expect(try ResolvedConfiguration([shown]).configuration == configuration)
        let description = RunDescription(configuration, checkpoints: .init(), device: "d", build: TestRuns.build)
        let stored = try ConfigurationFile.read(file(description.json.indentedJSONText))
        #expect(try ResolvedConfiguration([stored]).configuration == configuration)
    }

    @Test(arguments: [
        (#"{"algorithm": "td3", "seed": 3}"#, "key", "seed"),
        (#"{"algorithm": "td3", "settings": {"btch-size": 3}}"#, "setting", "btch-size"),
        (#"{"algorithm": "td4"}"#, "algorithm", "td4"), (#"{"algorithm": "td3", "critic": "x"}"#, "critic", "x"),
        (#"{"algorithm": "td3", "environment": "x"}"#, "environment", "x"),
    ])
    func unknownNamesOfAFileAreItsMistakes(_ text: String, _ kind: String, _ name: String) throws {
        let path = try file(text)
        let error = #expect(throws: ConfigurationError.self) {
            try ResolvedConfiguration([ConfigurationFile.read(path)])
        }
        guard case .unknownName(kind, name, .file(path), _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.file == path)
    }

    @Test(arguments: [
        ("steps", "0"), ("steps", "1.5"), ("seeds", "[1, 1]"), ("seeds", "[]"), ("seeds", "[-1]"),
        ("eval_episodes", "1001"), ("seeds", #""0-2""#),
    ])
    func badValuesOfAFileAreRefused(_ key: String, _ text: String) throws {
        let path = try file("{\"algorithm\": \"td3\", \"\(key)\": \(text)}")
        let error = #expect(throws: ConfigurationError.self) {
            try ResolvedConfiguration([ConfigurationFile.read(path)])
        }
        guard case .badValue(key, _, .file(path), _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(arguments: [#"{"algorithm": null}"#, #"{"settings": 3}"#, "[]", #"{"seeds": ["a"]}"#])
    func otherKindsOfJSONAreRefused(_ text: String) throws {
        let path = try file(text)
        #expect(throws: FormatError.self) { try ConfigurationFile.read(path) }
    }

    @Test func anAlgorithmIsNeededAndPresetsKeepTheirs() {
        #expect(throws: ConfigurationError.noAlgorithm(known: AlgorithmCatalogue.standard.names)) {
            try ResolvedConfiguration([])
        }
        #expect(throws: ConfigurationError.self) {
            try ResolvedConfiguration([
                ConfigurationLayer(.named("paper/sac/ant/sa-hyper")), layer(.option("o"), ["algorithm": "td3"]),
            ])
        }
    }
}
