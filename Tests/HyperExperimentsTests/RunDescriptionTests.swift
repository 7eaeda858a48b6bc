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
        _ critic: CriticKind = .mlpStandard, _ change: (inout JSONObject) throws -> Void
    ) throws -> RunDescription {
        var object = try #require(description(RunConfiguration(variants: ["critic": critic.rawValue])).json.asObject)
        try change(&object)
        try AtomicFile.write(SealedJSON.sealed(object).indentedJSONText, to: path)
        return try RunDescription(contentsOf: path)
    }

    private func readWithSetting(
        _ name: String, _ value: JSONValue, critic: CriticKind = .mlpStandard
    ) throws -> RunDescription {
        try read(critic) { object in
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
    }

    /// Earlier programs stored the head size behind the widths, where it would cut them.
    @Test func widthsStayBesideAStoredHeadSize() throws {
        var configuration = RunConfiguration(variants: ["critic": "sa-hyper"])
        try configuration.agent.set("primary.widths", to: "8,6,4")
        var object = try #require(description(configuration).json.asObject)
        var settings = try #require(object["settings"]?.asObject)
        #expect(settings["primary.head-size"] == nil)
        settings["primary.head-size"] = "4"
        object["settings"] = .object(settings)
        object["sha256"] = nil
        try AtomicFile.write(SealedJSON.sealed(object).indentedJSONText, to: path)
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
        var object = try #require(description(configuration).json.asObject)
        #expect(object["goal"]?.asString == (other == .none ? nil : other.text))
        try AtomicFile.write(JSONValue.object(object).indentedJSONText, to: path)
        #expect(try RunDescription(contentsOf: path).configuration == configuration)
        #expect(try configuration.spec().goal == other)
        // Programs that knew no goals trained on the standard one.
        (object["goal"], object["sha256"]) = (nil, nil)
        try AtomicFile.write(SealedJSON.sealed(object).indentedJSONText, to: path)
        let old = try RunDescription(contentsOf: path).configuration
        #expect(old == RunConfiguration(environment: environment))
        var comparable = try #require(old.comparable.asObject)
        comparable["goal"] = nil
        #expect(old.agrees(with: .object(comparable)))
        #expect(configuration.agrees(with: .object(comparable)) == (other == .none))
        guard other != .none else { return }
        object["goal"] = "sideways"
        try AtomicFile.write(SealedJSON.sealed(object).indentedJSONText, to: path)
        let error = #expect(throws: FormatError.self) { try RunDescription(contentsOf: path) }
        #expect(error?.problem.contains("sideways") == true)
    }

    @Test(
        arguments: [
            ("btch-size", .string("8"), #""settings" hold btch-size = "8": Setting 'btch-size' is unknown."#),
            (
                "batch-size", .integer(0),
                #""settings" hold batch-size = 0: Setting 'batch-size': '0' is not an integer in"#
            ),
            (
                "features", .string("12"),
                #""settings" hold features = "12": Setting 'features' does not apply: the critic mlp-standard has nothing"#
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
        #expect(try readWithSetting("initialization", .string("ours")).configuration == plain.configuration)
        #expect(try readWithSetting("features", .integer(10)).configuration == plain.configuration)
    }

    @Test func whatToDoAfterAFailureIsOneOfTwo() throws {
        #expect(try read { $0["on_save_failure"] = "stop" }.checkpoints.afterFailure == .stop)
        #expect(try read { $0["on_save_failure"] = "continue" }.checkpoints.afterFailure == .continue)
        let error = #expect(throws: FormatError.self) { try read { $0["on_save_failure"] = "retry" } }
        #expect(error?.problem == #""on_save_failure" is 'retry'; known are stop, continue"#)
        #expect(throws: FormatError.self) { try read { $0["on_save_failure"] = nil } }
    }

    @Test func whetherEventsAreWrittenIsTrueOrFalse() throws {
        #expect(try read { $0["tensorboard"] = true }.writesEvents)
        // The first programs did not say.
        #expect(try !read { $0["tensorboard"] = nil }.writesEvents)
        #expect(throws: FormatError.self) { try read { $0["tensorboard"] = "yes" } }
    }
}
