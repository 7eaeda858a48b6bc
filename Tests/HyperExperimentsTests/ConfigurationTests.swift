import Foundation
import HyperAgents
import HyperEnvironments
import HyperFormats
import HyperModels
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
            throws: ConfigurationError.unfit(
                "Setting 'goal' does not apply: Hopper-v2 has no goal.", origin: .option("--x"))
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
        ("eval-episodes", "1001"), ("seeds", #""0-2""#),
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

    /// Files of format 1, and those that people wrote then.
    @Test func keysAndTextsOfFormatOneAreTaken() throws {
        for format in ["", #""format": 1, "#] {
            let text = #"{\#(format)"algorithm": "td3", "eval_every": 70, "settings": {"batch-size": "9"}}"#
            let configuration = try ResolvedConfiguration([ConfigurationFile.read(file(text))]).configuration
            #expect(configuration.evaluationInterval == 70 && configuration.agent.integer("batch-size") == 9)
        }
        let error = #expect(throws: ConfigurationError.self) {
            try ConfigurationFile.read(file(#"{"format": 2, "algorithm": "td3", "eval_every": 70}"#))
        }
        guard case .unknownName("key", "eval_every", _, let known) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(known.contains("eval-every"))
    }

    /// It holds settings that do not apply, and a head size behind the widths, which would cut them.
    @Test func anOldRunIsTakenAsItWas() throws {
        var configuration = RunConfiguration(environment: "HalfCheetah-Vel", variants: ["critic": "sa-hyper"])
        try configuration.agent.set("primary.widths", to: "8,6,4")
        let description = RunDescription(configuration, checkpoints: .init(), device: "d", build: TestRuns.build)
        let old = try description.json.inFormatOne { settings in
            settings["primary.head-size"] = "4"
            settings["features"] = "10"
        }
        let path = try file(old.indentedJSONText)
        let resolved = try ResolvedConfiguration([ConfigurationFile.read(path)])
        #expect(resolved.configuration == configuration)
        #expect(resolved.values.allSatisfy { $0.origin == .file(path) })
        // The stronger layer holds.
        let changed = try ResolvedConfiguration([
            ConfigurationFile.read(path), layer(.option("o"), ["primary.widths": "9,9,9"]),
        ])
        #expect(changed.configuration.agent["primary.widths"] == "9,9,9")
    }

    @Test(arguments: [
        (#"{"format": 3, "algorithm": "td3"}"#, #""format" is 3; this program reads formats 1 to 2."#),
        (#"{"format": "1", "algorithm": "td3"}"#, #""format" is "1"; this program reads formats 1 to 2."#),
        (#"{"eval-every": 3, "eval_every": 4}"#, #""eval_every" stands beside "eval-every"; give one of them"#),
        (#"{"algorithm": "td3", "tensorboard": true}"#, #""tensorboard" is no part of a configuration"#),
        (#"{"algorithm": "td3", "checkpoint_every": 5}"#, #""checkpoint-every" is no part of a configuration"#),
    ])
    func whatAFileCannotSayIsRefused(_ text: String, _ start: String) throws {
        let error = try #require(#expect(throws: FormatError.self) { try ConfigurationFile.read(file(text)) })
        #expect(error.problem.hasPrefix(start), "\(error)")
    }

    /// The table is the one list of keys.
    @Test func everyValueIsInTheTableOnce() throws {
        for algorithm in AlgorithmCatalogue.standard.algorithms {
            let configuration = RunConfiguration(algorithm: algorithm)
            let names = configuration.table.map(\.name)
            #expect(Set(names).count == names.count && !names.contains { $0.contains("_") })
            #expect(configuration.values.map(\.key) == names)
            let shown = try #require(configuration.portableJSON.asObject)
            #expect(shown.keys == ["format"] + configuration.commonTable.map(\.name) + ["settings"])
            let compared = try #require(configuration.comparable.asObject)
            #expect(Set(shown.keys).subtracting(compared.keys) == ["seeds", "steps", "log-every"])
            #expect(compared["settings"] == shown["settings"])
        }
    }

    @Test func anUnknownChoiceIsRefusedWithTheKnownOnes() throws {
        let schema = RunSchema(.standard)
        let critic = try #require(schema.setting("critic"))
        #expect(critic.isFoundation && critic.misfit(RunConfiguration()) == nil)
        #expect(
            throws: ConfigurationError.unknownName(
                kind: "critic", "sa-hiper", origin: .option("--critic"), known: CriticKind.allCases.map(\.rawValue))
        ) {
            try ResolvedConfiguration([
                layer(.option("a"), ["algorithm": "td3"]), layer(.option("--critic"), ["critic": "sa-hiper"]),
            ])
        }
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
