import HyperAgents
import HyperFormats
import Testing

@testable import HyperExperiments

/// Checkpoints of a program that had fewer settings, or another format, are taken; those of another computation are not.
@Suite struct AgreementTests {
    private let configuration: RunConfiguration

    init() throws { configuration = try TestRuns.configuration(.mlpStandard) }

    private func stored(_ change: (inout JSONObject) -> Void) throws -> JSONValue {
        var object = try #require(configuration.comparable.asObject)
        var settings = try #require(object["settings"]?.asObject)
        change(&settings)
        object["settings"] = .object(settings)
        return .object(object)
    }

    private func old(_ change: (inout JSONObject) -> Void) throws -> JSONValue {
        var object = try #require(configuration.portableJSON.inFormatOne(changing: change).asObject)
        for key in ["seeds", "steps", "sha256"] { object[key] = nil }
        return .object(object)
    }

    @Test func theSameConfigurationAgrees() throws {
        #expect(configuration.agrees(with: try stored { _ in }))
        #expect(configuration.agrees(with: try old { _ in }))
    }

    /// How often rows are written decides no number.
    @Test func lengthSeedsAndRowsDoNotMatter() throws {
        var other = configuration
        (other.steps, other.seeds, other.logInterval) = (7, [9], 3)
        #expect(other.comparable == configuration.comparable && other.agrees(with: configuration.comparable))
        other.evaluationInterval += 1
        #expect(!other.agrees(with: configuration.comparable))
    }

    @Test func settingsOfLaterAndEarlierProgramsDoNotMatter() throws {
        #expect(configuration.agrees(with: try stored { $0["target-noise"] = nil }))
        // Programs of format 1 also stored what did not apply.
        #expect(configuration.agrees(with: try old { $0["initialization"] = "ours" }))
        #expect(!configuration.agrees(with: try old { $0["initialization"] = "pytorch" }))
        #expect(!configuration.agrees(with: try stored { $0["initialization"] = "ours" }))
    }

    @Test func anotherComputationDoesNotAgree() throws {
        #expect(!configuration.agrees(with: try stored { $0["discount"] = 0.98 }))
        #expect(!configuration.agrees(with: try old { $0["discount"] = "0.98" }))
        // The run has another than the default.
        #expect(!configuration.agrees(with: try stored { $0["batch-size"] = nil }))
        #expect(!configuration.agrees(with: try stored { $0["unheard-of"] = 1 }))
        let other = RunConfiguration(configuration.agent, environment: "Walker2d-v2")
        #expect(!other.agrees(with: configuration.comparable))
        let sac = try TestRuns.configuration(algorithm: AlgorithmCatalogue.standard.algorithms[1])
        #expect(!sac.agrees(with: configuration.comparable) && !configuration.agrees(with: sac.comparable))
        #expect(!configuration.agrees(with: .null))
    }
}
