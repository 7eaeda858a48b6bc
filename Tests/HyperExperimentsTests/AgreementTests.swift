import HyperFormats
import Testing

@testable import HyperExperiments

/// Checkpoints of a program that had fewer settings are taken; those of another computation are not.
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

    @Test func theSameConfigurationAgrees() throws {
        #expect(configuration.agrees(with: try stored { _ in }))
    }

    @Test func settingsOfLaterAndEarlierProgramsDoNotMatter() throws {
        #expect(configuration.agrees(with: try stored { $0["target-noise"] = nil }))
        #expect(configuration.agrees(with: try stored { $0["initialization"] = "ours" }))
    }

    @Test func anotherComputationDoesNotAgree() throws {
        #expect(!configuration.agrees(with: try stored { $0["discount"] = "0.98" }))
        // The run has another than the default.
        #expect(!configuration.agrees(with: try stored { $0["batch-size"] = nil }))
        #expect(!configuration.agrees(with: try stored { $0["unheard-of"] = "1" }))
        var other = configuration
        other.environment = "Walker2d-v2"
        #expect(!other.agrees(with: configuration.comparable))
        #expect(!configuration.agrees(with: .null))
    }
}
