import HyperModels
import Testing

@testable import HyperExperiments

/// Presets are made by rules; here they are held against the paper's tables.
@Suite struct PresetTests {
    private func value(_ preset: String, _ key: String) throws -> String? {
        try Preset.named(preset).configuration().values.first { $0.key == key }?.text
    }

    @Test func everyPresetIsAConfigurationOfItsName() throws {
        #expect(Preset.all.count == 2 * 4 * (9 + PaperPresets.variants.count))
        #expect(Set(Preset.all.map(\.name)).count == Preset.all.count)
        #expect(Set(PaperPresets.critics) == Set(CriticKind.allCases.map(\.rawValue)))
        var seen: Set<String> = []
        for preset in Preset.all {
            let configuration = try preset.configuration()
            let parts = preset.name.split(separator: "/").map(String.init)
            #expect(configuration.algorithm == parts[1] && configuration.agent.label == parts[3])
            let task = PaperPresets.environments.first { $0.key == parts[2] }
            #expect(configuration.environment == task?.value)
            #expect(configuration.steps == 1_000_000 && configuration.evaluationInterval == 5000)
            #expect(configuration.evaluationEpisodes == 10)
            // A preset that changes nothing would study nothing.
            #expect(seen.insert(configuration.portableJSON.jsonText).inserted, "\(preset.name)")
        }
    }

    /// Tables 5 and 7.
    @Test(arguments: [
        ("td3/hopper/mlp-standard", "0.0003", "0.0003", "100", "1000"),
        ("td3/halfcheetah/sa-hyper", "0.0003", "5e-05", "100", "10000"),
        ("td3/ant/emb-hyper", "0.0003", "5e-05", "100", "10000"),
        ("td3/walker2d/q-d2rl", "0.0003", "0.0003", "100", "1000"),
        ("sac/hopper/mlp-standard", "0.0003", "0.0003", "256", "1000"),
        ("sac/ant/sa-hyper", "2e-05", "5e-05", "256", "1000"),
        ("sac/halfcheetah/sa-hyper", "0.0001", "5e-05", "256", "10000"),
    ])
    func valuesAreThePapers(
        _ name: String, _ actor: String, _ critic: String, _ batch: String, _ random: String
    ) throws {
        let preset = "paper/\(name)"
        #expect(try value(preset, "actor-learning-rate") == actor)
        #expect(try value(preset, "critic-learning-rate") == critic)
        #expect(try value(preset, "batch-size") == batch)
        #expect(try value(preset, "random-steps") == random)
        #expect(try value(preset, "discount") == "0.99" && value(preset, "target-rate") == "0.005")
    }

    @Test func antsArePapersAnts() throws {
        #expect(try value("paper/td3/ant/sa-hyper", "environment") == "AntNoControlCost-v2")
        #expect(try value("paper/td3/ant/sa-hyper/blocks-4", "primary.blocks") == "4")
        #expect(try value("paper/td3/ant/sa-hyper/init-pytorch", "initialization") == "pytorch")
    }

    @Test func anUnknownPresetIsRefused() {
        #expect(throws: ConfigurationError.self) { try Preset.named("paper/td3/ant/sa-hiper") }
    }
}
