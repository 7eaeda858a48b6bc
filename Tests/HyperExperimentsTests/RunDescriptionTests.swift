import HyperAgents
import HyperEnvironments
import HyperFormats
import HyperModels
import Testing

@testable import HyperExperiments

/// run.json: what is written is read, and what means nothing to this program is named.
@Suite struct RunDescriptionTests {
    private let folder: TemporaryFolder
    private var path: String { folder.file("run.json") }

    init() throws { folder = try TemporaryFolder() }

    private func description(_ configuration: RunConfiguration) -> RunDescription {
        RunDescription(
            configuration, checkpoints: .init(), device: "d", build: BuildIdentity(version: "1.2", commit: "abc"))
    }

    /// Writes run.json with a change, its digest in order, and reads it.
    @discardableResult
    private func read(
        _ critic: CriticKind = .mlpStandard, format: Int = 2, _ change: (inout JSONObject) throws -> Void
    ) throws -> RunDescription {
        let json = description(RunConfiguration(variants: ["critic": critic.rawValue])).json
        var object = try #require((format == 1 ? json.inFormatOne() : json).asObject)
        try change(&object)
        try AtomicFile.write(SealedJSON.sealed(object).indentedJSONText, to: path)
        return try RunDescription(contentsOf: path)
    }

    private func readWithSetting(
        _ name: String, _ value: JSONValue, critic: CriticKind = .mlpStandard, format: Int = 2
    ) throws -> RunDescription {
        try read(critic, format: format) { object in
            var settings = try #require(object["settings"]?.asObject)
            settings[name] = value
            object["settings"] = .object(settings)
        }
    }

    @Test(arguments: AlgorithmCatalogue.standard.names, CriticKind.allCases)
    func whatIsWrittenIsRead(_ algorithm: String, _ critic: CriticKind) throws {
        var configuration = RunConfiguration(
            algorithm: try #require(AlgorithmCatalogue.standard.named(algorithm)), environment: "Hopper-v2",
            variants: ["critic": critic.rawValue],
            seeds: [3, 1], steps: 77)
        try configuration.agent.set("batch-size", to: "31")
        if critic.hasPrimaryNetwork { try configuration.agent.set("primary.head-size", to: "300") }
        try AtomicFile.write(description(configuration).json.indentedJSONText, to: path)
        #expect(try RunDescription(contentsOf: path).configuration == configuration)
        // Settings that apply, and no others.
        let written = try #require(JSONValue(contentsOf: path)["settings"]?.asObject).keys
        #expect(Array(written) == configuration.agent.settingValues.map(\.name))
        #expect(written.contains("features") == (critic == .resNetFeatures))
        let old = try description(configuration).json.inFormatOne()
        try AtomicFile.write(old.indentedJSONText, to: path)
        #expect(try RunDescription(contentsOf: path).configuration == configuration)
    }

    @Test func numbersAreNumbersAndKeysHaveOneSpelling() throws {
        var configuration = RunConfiguration(
            algorithm: AlgorithmCatalogue.standard.algorithms[1], environment: "HalfCheetah-Vel", seeds: [4])
        configuration.goal = .velocity(2)
        for policy in [CheckpointPolicy(interval: .steps(500), afterFailure: .continue), CheckpointPolicy()] {
            let probes = ProbePlan(kinds: [.gradientAccuracy, .dynamicWeights], interval: 70)
            let written = RunDescription(
                configuration, checkpoints: policy, writesEvents: true, probes: probes, device: "d",
                build: TestRuns.build)
            let json = written.json
            #expect(json["format"] == 2 && json["goal"] == 2.0 && json["seeds"] == [4] && json["eval-every"] == 5000)
            #expect(json["eval-episodes"] == 10 && json["log-every"] == 1000 && json["tensorboard"] == true)
            #expect(json["checkpoint-every"] == (policy.afterFailure == .stop ? "10m" : 500))
            #expect(json["on-save-failure"]?.asString == policy.afterFailure.rawValue)
            let settings = try #require(json["settings"])
            #expect(settings["batch-size"] == 256 && settings["actor-learning-rate"] == 1e-4)
            #expect(settings["entropy"] == 1.0 && settings["primary.widths"] == [256, 512, 1024])
            #expect(json["probes"]?["every"] == 70 && json["probes"]?["gradient-accuracy"]?["action-noise"] == 0.3)
            #expect(!json.jsonText.contains("_"))
            try AtomicFile.write(json.indentedJSONText, to: path)
            let found = try RunDescription(contentsOf: path)
            #expect(found.configuration == configuration && found.checkpoints == policy && found.probes == probes)
            #expect(found.writesEvents && found.json == json)
        }
    }

    /// Earlier programs stored the head size behind the widths, where it would cut them.
    @Test func widthsStayBesideAStoredHeadSize() throws {
        var configuration = RunConfiguration(variants: ["critic": "sa-hyper"])
        try configuration.agent.set("primary.widths", to: "8,6,4")
        #expect(description(configuration).json["settings"]?["primary.head-size"] == nil)
        let old = try description(configuration).json.inFormatOne { $0["primary.head-size"] = "4" }
        try AtomicFile.write(old.indentedJSONText, to: path)
        #expect(try RunDescription(contentsOf: path).configuration == configuration)
    }

    @Test(arguments: ["HalfCheetah-Vel", "Ant-Fwd-Back", "Hopper-v2"]) func goalsAreKept(_ environment: String) throws {
        var configuration = RunConfiguration(environment: environment)
        let other: TaskGoal =
            switch configuration.goal {
            case .none: .none
            case .direction: .direction(-1)
            case .velocity: .velocity(0.1)
            }
        configuration.goal = other
        let json = description(configuration).json
        #expect(json["goal"] == (other == .none ? nil : other == .velocity(0.1) ? 0.1 : "backward"))
        try AtomicFile.write(json.indentedJSONText, to: path)
        #expect(try RunDescription(contentsOf: path).configuration == configuration)
        #expect(try configuration.spec().goal == other)
        // Programs that knew no goals trained on the standard one.
        var object = try #require(json.inFormatOne().asObject)
        object["goal"] = nil
        try AtomicFile.write(SealedJSON.sealed(object).indentedJSONText, to: path)
        let old = try RunDescription(contentsOf: path).configuration
        #expect(old == RunConfiguration(environment: environment))
        var comparable = try #require(old.portableJSON.inFormatOne().asObject)
        for key in ["goal", "seeds", "steps", "sha256"] { comparable[key] = nil }
        #expect(old.agrees(with: .object(comparable)))
        #expect(configuration.agrees(with: .object(comparable)) == (other == .none))
        guard other != .none else { return }
        object["goal"] = "sideways"
        try AtomicFile.write(SealedJSON.sealed(object).indentedJSONText, to: path)
        let error = #expect(throws: FormatError.self) { try RunDescription(contentsOf: path) }
        #expect(error?.problem.contains("sideways") == true)
        // A program that knows goals names one.
        var without = try #require(json.asObject)
        without["goal"] = nil
        try AtomicFile.write(SealedJSON.sealed(without).indentedJSONText, to: path)
        #expect(throws: FormatError(path: path, problem: "\"goal\" is missing")) {
            try RunDescription(contentsOf: path)
        }
    }

    @Test(
        arguments: [
            ("btch-size", .integer(8), #""settings" hold btch-size = 8, which is unknown."#),
            (
                "batch-size", .integer(0),
                #""settings" hold batch-size = 0, which is not an integer in 1...65536 (transitions)."#
            ),
            // In format 2 a text is no number.
            ("batch-size", .string("8"), #""settings" hold batch-size = "8", which is not an integer in"#),
            ("batch-size", .double(8.5), #""settings" hold batch-size = 8.5, which is not an integer in"#),
            ("actor.hidden-sizes", .integer(8), #""settings" hold actor.hidden-sizes = 8, which is not a list of"#),
            ("batch-size", .null, #""batch-size" is neither a text nor a number nor a list of integers"#),
            (
                "features", .integer(12),
                #""settings" hold features = 12, which does not apply: the critic mlp-standard has nothing"#
            ),
            // Not with its default either.
            (
                "features", .integer(10),
                #""settings" hold features = 10, which does not apply: the critic mlp-standard"#
            ),
        ] as [(String, JSONValue, String)])
    func aSettingThatMeansNothingHereIsNamed(_ name: String, _ value: JSONValue, _ start: String) throws {
        let error = try #require(
            #expect(throws: FormatError.self) { try readWithSetting(name, value) })
        #expect(error.path == path && error.problem.hasPrefix(start), "\(error)")
        #expect(error.problem.hasSuffix(" It was written by version 1.2, commit abc; use that program."), "\(error)")
    }

    /// Earlier programs wrote settings that do not apply as well; with the default nothing was computed otherwise.
    @Test func aSettingThatDoesNotApplyIsReadWithItsDefault() throws {
        let plain = try read { _ in }
        for (name, value) in [("initialization", "ours"), ("features", "10")] {
            let old = try readWithSetting(name, .string(value), format: 1)
            #expect(old.configuration == plain.configuration)
        }
        #expect(throws: FormatError.self) { try readWithSetting("features", "12", format: 1) }
    }

    @Test(arguments: [(2, "on-save-failure"), (1, "on_save_failure")])
    func whatToDoAfterAFailureIsOneOfTwo(_ format: Int, _ key: String) throws {
        #expect(try read(format: format) { $0[key] = "stop" }.checkpoints.afterFailure == .stop)
        #expect(try read(format: format) { $0[key] = "continue" }.checkpoints.afterFailure == .continue)
        let error = #expect(throws: FormatError.self) { try read(format: format) { $0[key] = "retry" } }
        #expect(
            error?.problem.hasPrefix(#""on-save-failure" is "retry", which is not one of stop, continue. It was"#)
                == true)
        #expect(throws: FormatError.self) { try read(format: format) { $0[key] = nil } }
    }

    /// Nothing is passed over.
    @Test(
        arguments: [
            ("format", .integer(3), #""format" is 3; this program reads formats 1 to 2. Use a newer one."#),
            ("format", nil, #""format" is missing"#), ("steps", nil, #""steps" is missing"#),
            ("steps", .integer(0), #""steps" is 0, which is not an integer in 1...1000000000 (steps). It was"#),
            ("critic", nil, #""critic" is missing"#),
            ("critic", .string("x"), #""critic" is "x", which is not one of sa-hyper,"#),
            ("seeds", .array([1, 1]), #""seeds" is [1,1], which is not a list of 1 to 1024 different integers"#),
            ("goal", .string("forward"), #""goal" is "forward", which does not apply: HalfCheetah-v2 has no goal. It"#),
            ("eval_every", .integer(7), #""eval_every" is 7, which is unknown. It was written by version 1.2,"#),
            ("speed", .bool(true), #""speed" is true, which is unknown."#),
            ("checkpoint-every", .string("500"), #""checkpoint-every" is "500", which is not a number of steps, or"#),
        ] as [(String, JSONValue?, String)])
    func aMemberThatMeansNothingHereIsNamed(_ key: String, _ value: JSONValue?, _ start: String) throws {
        let error = try #require(#expect(throws: FormatError.self) { try read { $0[key] = value } })
        #expect(error.problem.hasPrefix(start), "\(error)")
    }

    @Test func whetherEventsAreWrittenIsTrueOrFalse() throws {
        #expect(try read { $0["tensorboard"] = true }.writesEvents)
        // The first programs did not say.
        #expect(try !read(format: 1) { $0["tensorboard"] = nil }.writesEvents)
        for value in ["yes", "true", nil] as [JSONValue?] {
            #expect(throws: FormatError.self) { try read { $0["tensorboard"] = value } }
        }
    }
}
