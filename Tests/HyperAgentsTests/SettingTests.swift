import HyperModels
import Testing

@testable import HyperAgents

/// What can be set: every setting with its default (paper, Tables 5 and 7) and its values, written down once more.
@Suite struct SettingTests {
    // MARK: Defaults and values

    /// On Hopper with `sa-hyper`; what other critics and environments have in its place, tests say.
    private static let td3 = """
        actor-learning-rate | 0.0003 | a number in 0.0...1.0 | -
        critic-learning-rate | 5e-05 | a number in 0.0...1.0 | -
        batch-size | 100 | an integer in 1...65536 | transitions
        policy-delay | 2 | an integer in 1...1000 | updates
        discount | 0.99 | a number in 0.0...1.0 | -
        target-rate | 0.005 | a number in 0.0...1.0 | -
        exploration-noise | 0.1 | a number in 0.0...10.0 | action limits
        target-noise | 0.2 | a number in 0.0...10.0 | action limits
        target-noise-clip | 0.5 | a number in 0.0...10.0 | action limits
        random-steps | 1000 | an integer in 1...100000000 | steps
        replay-capacity | 1000000 | an integer in 1...100000000 | transitions
        actor.hidden-sizes | 256,256 | a list of 1 to 16 integers in 1...65536, as 256,512 | -
        """

    private static let sac = """
        actor-learning-rate | 2e-05 | a number in 0.0...1.0 | -
        critic-learning-rate | 5e-05 | a number in 0.0...1.0 | -
        batch-size | 256 | an integer in 1...65536 | transitions
        discount | 0.99 | a number in 0.0...1.0 | -
        target-rate | 0.005 | a number in 0.0...1.0 | -
        reward-scale | 5.0 | a number in 0.0...1000000.0 | -
        entropy | 1.0 | 'auto' or a number in 0.0...1000000.0 | -
        entropy-learning-rate | 0.0003 | a number in 0.0...1.0 | -
        random-steps | 1000 | an integer in 0...100000000 | steps
        steps-before-updates | 256 | an integer in 1...100000000 | steps
        replay-capacity | 1000000 | an integer in 1...100000000 | transitions
        actor.hidden-sizes | 256,256 | a list of 1 to 16 integers in 1...65536, as 256,512 | -
        """

    private static let hypernetwork = """
        initialization | ours | one of ours, pytorch, bias-hyperinit | -
        dynamic.hidden-size | 256 | an integer in 1...8192 | -
        primary.initial-factor | 0.5 | a number in 0.0...100.0 | -
        """

    private static let primary = """
        primary.kind | resnet | one of resnet, mlp, dense | -
        primary.blocks | 6 | an integer in 1...64 | blocks
        primary.widths | 256,512,1024 | a list of 1 to 8 integers in 2...8192, as 256,512 | -
        primary.head-size | 1024 | an integer in 2...8192 | -
        primary.upsampling | gradual | one of gradual, first | -
        primary.activation | relu | one of relu, elu | -
        primary.normalization | none | one of none, weight, spectral, batch | -
        """

    private static let conventional = """
        critic.hidden-size | 256 | an integer in 1...65536 | -
        critic.residual-blocks | 35 | an integer in 1...512 | blocks
        features | 10 | an integer in 1...4096 | features
        """

    /// Rows of name, default, values and unit.
    private static func rows(_ text: String) -> [[String]] {
        text.split(separator: "\n").map { line in
            line.split(separator: "|").map { String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
        }
    }

    private static func rows(of algorithm: String) -> [[String]] {
        [algorithm == "td3" ? td3 : sac, hypernetwork, primary, conventional].flatMap { rows($0) }
    }

    private static func configuration(
        _ algorithm: String, _ critic: CriticKind = .saHyper, _ environment: String = "Hopper-v2"
    ) throws -> any ActorCriticConfiguration {
        try #require(ActorCriticType.named(algorithm)).configuration(critic: critic, environment: environment)
    }

    private static let hypernetworks = [CriticKind.saHyper, .asHyper, .embHyper]
    private static let environments = [
        "Hopper-v2", "Walker2d-v2", "HalfCheetah-v2", "HalfCheetah-Vel", "Ant-v2", "AntNoControlCost-v2",
    ]

    @Test(arguments: ActorCriticType.all.map(\.name), CriticKind.allCases)
    func defaultsAreThePapers(_ algorithm: String, _ critic: CriticKind) throws {
        for environment in Self.environments {
            let isHyper = Self.hypernetworks.contains(critic)
            let (isCheetah, isAnt) = (environment.hasPrefix("HalfCheetah"), environment.hasPrefix("Ant"))
            var different: [String: String] = [:]
            different["critic-learning-rate"] = isHyper ? nil : "0.0003"
            different["critic.hidden-size"] = critic == .mlpLarge ? "2900" : nil
            if algorithm == "td3" {
                // As in TD3's own paper.
                different["random-steps"] = isCheetah || isAnt ? "10000" : nil
            } else {
                different["actor-learning-rate"] = isHyper ? (isCheetah ? "0.0001" : nil) : "0.0003"
                different["random-steps"] = isCheetah ? "10000" : nil
                // The authors' SAC begins within 1/√2 over the root of the inputs.
                different["primary.initial-factor"] = "\(0.5.squareRoot())"
            }
            let expected = Self.rows(of: algorithm).map { [$0[0], different[$0[0]] ?? $0[1], $0[2], $0[3]] }
            let configuration = try Self.configuration(algorithm, critic, environment)
            let table = configuration.settingTable
            #expect(table.map { [$0.name, $0.value, $0.values, $0.unit.rawValue] } == expected, "\(environment)")
            // All of them change the numbers of a run.
            #expect(table.allSatisfy { $0.effect == .numbers && !$0.isFoundation })
            // What has no setting.
            let initialization: LayerInitialization = algorithm == "td3" ? .pytorch : .xavier
            #expect(configuration.baseline.initialization == initialization)
            #expect(configuration.architecture.base == initialization)
            #expect(configuration.updatePeriod == (algorithm == "td3" ? 2 : 1))
        }
    }

    /// TD3 learns when the random steps are over, SAC when it is told.
    @Test func updatesBeginWhereTheSettingsSay() throws {
        for (algorithm, before) in [("td3", 77), ("sac", 256)] {
            var configuration = try Self.configuration(algorithm)
            try configuration.set("random-steps", to: "77")
            #expect(configuration.randomSteps == 77 && configuration.stepsBeforeUpdates == before)
            configuration.beginUpdates(afterRandomSteps: 30)
            #expect(configuration.randomSteps == 30 && configuration.stepsBeforeUpdates == 30)
        }
    }

    /// What measurements ask of an agent.
    @Test func agentsTellTheirDiscountAndRewardScale() throws {
        for (algorithm, settings, scale) in [
            ("td3", ["discount": "0.9"], 1.0), ("sac", ["discount": "0.9", "reward-scale": "3"], 3),
        ] {
            let tested = TestedAlgorithm(algorithm: try #require(.named(algorithm)), settings: settings)
            let agent = try SmallRun(algorithm: tested, steps: 1).train()
            #expect(agent.discount == 0.9 && agent.rewardScale == scale && agent.actionLimit == 1)
        }
    }

    // MARK: Setting

    /// The ends of a range are taken, what lies next to them is not, and then nothing is changed.
    @Test(arguments: ActorCriticType.all.map(\.name)) func rangesAreClosed(_ algorithm: String) throws {
        for row in Self.rows(of: algorithm) {
            let (name, ranges) = (row[0], row[2].matches(of: /([\d.]+)\.\.\.([\d.]+)/))
            guard let range = ranges.first else { continue }
            let (low, high) = (String(range.1), String(range.2))
            let taken: [String]
            let refused: [String]
            if row[2].hasPrefix("a list of") {
                let counts = try #require(row[2].firstMatch(of: /(\d+) to (\d+) integers/))
                let most = try #require(Int(counts.2))
                taken = [low, high, Self.list(high, most)]
                refused = [
                    try Self.next(low, -1), try Self.next(high, 1), "\(low),\(try Self.next(high, 1))", "",
                    Self.list(low, most + 1), "\(low),", "\(low),x",
                ]
            } else if row[2].contains("a number in") {
                let (first, last) = (try #require(Double(low)), try #require(Double(high)))
                taken = ["\(first)", "\(last)"]
                refused = ["\(first.nextDown)", "\(last.nextUp)", "nan", "inf", "", "x"]
            } else {
                taken = [low, high]
                refused = [try Self.next(low, -1), try Self.next(high, 1), "1.5", "", "x"]
            }
            let critic = try #require(try CriticKind.allCases.first { try Self.applies(name, algorithm, $0) })
            var configuration = try Self.configuration(algorithm, critic)
            for value in taken {
                try configuration.set(name, to: value)
                #expect(
                    configuration.settingTable.contains { $0.name == name && $0.value == value }, "\(name)=\(value)")
            }
            let before = configuration
            let expected = row[3] == "-" ? row[2] : "\(row[2]) (\(row[3]))"
            for value in refused {
                #expect(throws: SettingError.badValue(name: name, value: value, expected: expected)) {
                    try configuration.set(name, to: value)
                }
            }
            #expect(AnyHashable(configuration) == AnyHashable(before))
        }
    }

    private static func list(_ value: String, _ count: Int) -> String {
        [String](repeating: value, count: count).joined(separator: ",")
    }

    private static func next(_ integer: String, _ difference: Int) throws -> String {
        "\(try #require(Int(integer)) + difference)"
    }

    private static func applies(_ name: String, _ algorithm: String, _ critic: CriticKind) throws -> Bool {
        var configuration = try configuration(algorithm, critic)
        let value = try #require(configuration.settingTable.first { $0.name == name }).value
        do {
            try configuration.set(name, to: value)
            return true
        } catch {
            guard case .inapplicable = error else { throw error }
            return false
        }
    }

    /// A setting belongs to the critics that have what it sets; the others refuse it and say so.
    @Test(arguments: ActorCriticType.all.map(\.name), CriticKind.allCases)
    func settingsBelongToCritics(_ algorithm: String, _ critic: CriticKind) throws {
        let isHyper = Self.hypernetworks.contains(critic)
        var expected = Self.rows(algorithm == "td3" ? Self.td3 : Self.sac).map { $0[0] }
        if isHyper { expected += Self.rows(Self.hypernetwork).map { $0[0] } }
        if isHyper || critic == .resNetFeatures { expected += Self.rows(Self.primary).map { $0[0] } }
        if !isHyper { expected.append("critic.hidden-size") }
        if critic == .resNet35 { expected.append("critic.residual-blocks") }
        if critic == .resNetFeatures { expected.append("features") }
        var configuration = try Self.configuration(algorithm, critic)
        // What a shorthand sets is held by the setting that it stands for.
        #expect(configuration.settingValues.map(\.name) == expected.filter { $0 != "primary.head-size" })
        let before = configuration
        for setting in configuration.settingTable where !expected.contains(setting.name) {
            let error = #expect(throws: SettingError.self) { try configuration.set(setting.name, to: setting.value) }
            guard case .inapplicable(setting.name, let reason) = error else {
                Issue.record("\(setting.name): \(String(describing: error))")
                continue
            }
            #expect(reason.hasPrefix("the critic \(critic.rawValue) has nothing of the kind; "))
        }
        #expect(AnyHashable(configuration) == AnyHashable(before))
    }

    @Test func settingsRejectUnknownNamesAndBadValues() throws {
        var configuration = TD3Configuration(critic: .saHyper, environment: "Hopper-v2")
        try configuration.set("batch-size", to: "128")
        #expect(configuration.batchSize == 128)
        #expect(throws: SettingError.unknownName("batchsize", known: TD3Configuration.settings.map(\.name))) {
            try configuration.set("batchsize", to: "1")
        }
        #expect(throws: SettingError.self) { try configuration.set("initialization", to: "other") }
        #expect(configuration.batchSize == 128)
    }

    /// Every setting reads back what was written, so that run.json tells the truth.
    @Test(arguments: TestedAlgorithm.variants) func settingsReadBack(_ algorithm: TestedAlgorithm) throws {
        let expected = try algorithm.configuration(critic: .saHyper, environment: "Hopper-v2")
        var configuration = expected
        for (name, value) in configuration.settingValues { try configuration.set(name, to: value) }
        #expect(AnyHashable(configuration) == AnyHashable(expected))
        // Lists also have what applies to other critics alone.
        let listed = Dictionary(uniqueKeysWithValues: configuration.settingTable.map { ($0.name, $0.value) })
        for (name, value) in configuration.settingValues { #expect(listed[name] == value) }
        #expect(listed["features"] == "10" && !configuration.settingValues.contains { $0.name == "features" })
        try configuration.set("batch-size", to: "77")
        #expect(AnyHashable(configuration) != AnyHashable(expected) && configuration.batchSize == 77)
    }

    @Test func entropyIsANumberOrLearned() throws {
        var configuration = SACConfiguration(critic: .saHyper, environment: "Hopper-v2")
        try configuration.set("entropy", to: "0.2")
        #expect(configuration.entropy == .fixed(0.2))
        try configuration.set("entropy", to: "auto")
        #expect(configuration.entropy == .automatic)
        for text in ["-1", "nan", "automatic", ""] {
            #expect(throws: SettingError.self, "\(text)") { try configuration.set("entropy", to: text) }
        }
        #expect(configuration.entropy == .automatic)
    }

    /// The head size cuts wider stages and leaves narrower ones.
    @Test func headSizesCutTheWidths() throws {
        var configuration = try Self.configuration("td3")
        try configuration.set("primary.head-size", to: "300")
        #expect(configuration.architecture.primary.widths == [256, 300, 300])
    }

    // MARK: What does not fit together

    @Test(
        arguments: [
            (CriticKind.saHyper, ["primary.normalization": "batch", "batch-size": "2"], nil),
            (
                .saHyper, ["primary.normalization": "batch", "batch-size": "1"],
                "batches of one transition have no variance"
            ),
            (.resNetFeatures, ["primary.normalization": "batch", "batch-size": "1"], "no variance"),
            (.saHyper, ["primary.normalization": "weight", "batch-size": "1"], nil),
            (.embHyper, ["primary.normalization": "batch"], "the same for a whole batch"),
            (.embHyper, ["primary.normalization": "spectral"], nil), (.mlpStandard, ["batch-size": "1"], nil),
            (.saHyper, ["primary.kind": "dense", "primary.widths": "8", "primary.blocks": "4"], nil),
            (.saHyper, ["primary.kind": "dense", "primary.widths": "8", "primary.blocks": "5"], "5 blocks share half"),
            (.saHyper, ["primary.kind": "resnet", "primary.widths": "8", "primary.blocks": "5"], nil),
        ] as [(CriticKind, [String: String], String?)])
    func conflictsAreFound(_ critic: CriticKind, _ settings: [String: String], _ problem: String?) throws {
        for algorithm in ActorCriticType.all {
            var configuration = algorithm.configuration(critic: critic, environment: "Hopper-v2")
            let set = { try configuration.set(settings.map { (key: $0.key, value: $0.value) }) }
            guard let problem else {
                try set()
                continue
            }
            let error = #expect(throws: SettingError.self) { try set() }
            guard case .conflict(let sentence) = error, sentence.contains(problem) else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }
}
