import Foundation
import HyperAgents
import HyperCPU
import HyperEnvironments
import HyperModels
import HyperTensor
import Testing

@testable import HyperProbes

/// The whole probe on a task whose action values are known.
@Suite struct PlantedGradientTests {
    private func accuracy(_ planted: PlantedAgent, step: Int = 100) throws -> GradientAccuracy {
        try planted.probe.readings(step: step)[0]
    }

    @Test func aTrueCriticIsFoundExact() throws {
        let accuracy = try accuracy(PlantedAgent())
        #expect(accuracy.states.count == 15 && accuracy.similarities.count == 15)
        for state in accuracy.states {
            let fit = try #require(state.fit)
            // Rewards are sums of float32 actions; 1e-5 is 100 times their rounding.
            for (ours, planted) in zip(fit.gradient, PlantedTask.slope) { #expect(abs(ours - planted) < 1e-5) }
            for (ours, planted) in zip(state.criticGradient, PlantedTask.slope) { #expect(abs(ours - planted) < 1e-5) }
            #expect(fit.determination > 1 - 1e-9)
            #expect(state.returns.count == 15 && state.problem == nil)
        }
        let spread = try #require(accuracy.similaritySpread)
        #expect(spread.lowerQuartile > 1 - 1e-9 && spread.mean <= 1)
        #expect(try #require(accuracy.selfSimilaritySpread).lowerQuartile > 1 - 1e-6)
        #expect(accuracy.share(above: 0.75) == 1 && accuracy.share(above: 1) == 0)
        #expect(try #require(accuracy.relativeError) < 1e-4)
        #expect(try #require(accuracy.stepBound) > 0.999)
    }

    @Test func directionAndScaleOfAWrongCriticAreTold() throws {
        // Right direction, 1.5 times the slope: α = 0.5, bound 0.5 / 1.5².
        let steep = try accuracy(PlantedAgent(scale: 1.5))
        #expect(try #require(steep.similaritySpread).mean > 1 - 1e-6)
        #expect(abs(try #require(steep.relativeError) - 0.5) < 1e-4)
        #expect(abs(try #require(steep.stepBound) - 0.5 / 2.25) < 1e-4)
        // Opposite direction: α = 2, nothing is promised.
        let opposite = try accuracy(PlantedAgent(scale: -1))
        #expect(try #require(opposite.similaritySpread).mean < -1 + 1e-6)
        #expect(abs(try #require(opposite.relativeError) - 2) < 1e-4 && opposite.stepBound == 0)
        #expect(opposite.share(above: 0) == 0)
        // At a right angle: (1, −2, 0.5) · (2, 1, 0) = 0.
        let sideways = try accuracy(PlantedAgent(critic: [2, 1, 0]))
        #expect(abs(try #require(sideways.similaritySpread).mean) < 1e-5)
        // A critic that is the same everywhere has no direction.
        let flat = try accuracy(PlantedAgent(critic: [0, 0, 0]))
        #expect(flat.similarities.isEmpty && flat.share(above: 0) == 0 && flat.similaritySpread == nil)
        #expect(abs(try #require(flat.relativeError) - 1) < 1e-6)
    }

    @Test func returnsAreDiscountedSumsToTheEndOfTheEpisode() throws {
        let planted = try PlantedAgent()
        let accuracy = try accuracy(planted)
        // The policy does nothing after the first action.
        let expected = planted.trajectories.map { $0.position * $0.discounts() + $0.firstReward }.sorted()
        let returns = accuracy.states.flatMap(\.returns).sorted()
        #expect(returns.count == 225 && expected.count == 225)
        for (ours, theirs) in zip(returns, expected) { #expect(abs(ours - theirs) < 1e-5) }
        #expect(accuracy.sampledSteps == planted.trajectories.reduce(0) { $0 + $1.actions.count })
        #expect(planted.trajectories.allSatisfy { $0.actions.count == PlantedTask.timeLimit - $0.episodeStep })
        // Some states lie late in an episode, some early, each with its own 15 trajectories.
        #expect(Set(accuracy.states.map(\.episodeStep)).count > 3)
        #expect(Set(planted.trajectories.map(\.position)).count == 15)
    }

    @Test func firstActionsLieAroundThePolicysAndAreClipped() throws {
        let planted = try PlantedAgent(meanAction: 0.9)
        _ = try accuracy(planted)
        let first = planted.trajectories.flatMap { $0.actions[0] }
        let later = planted.trajectories.flatMap { $0.actions.dropFirst().flatMap { $0 } }
        #expect(first.allSatisfy { (-1...1).contains($0) } && first.contains(1))
        #expect(later.allSatisfy { abs($0 - 0.9) < 1e-5 })
        let inside = first.filter { $0 < 1 }
        // 675 draws of N(0, 0.3), of which those above 1 are clipped: 37 %, within four standard errors.
        #expect(first.count == 675 && abs(Double(first.count - inside.count) / 675 - 0.369) < 0.08)
        #expect(Set(inside).count == inside.count)
    }

    @Test func theAuthorsHoldTheFirstActionAndAddTheTargetsValue() throws {
        var settings = GradientAccuracySettings()
        settings.variation = .authors
        let planted = try PlantedAgent(settings: settings)
        let authors = try accuracy(planted)
        let paper = try accuracy(PlantedAgent())
        for (state, other) in zip(authors.states, paper.states) {
            #expect(state.episodeStep == other.episodeStep && state.value == other.value)
            let held = (0..<min(3, PlantedTask.timeLimit - state.episodeStep)).reduce(0.0) {
                $0 + pow(0.99, Double($1))
            }
            let gradient = try #require(state.fit).gradient
            for (ours, slope) in zip(gradient, PlantedTask.slope) { #expect(abs(ours - held * slope) < 1e-4) }
        }
        // One trajectory of each state has no noise: it sums x, and the authors add 7, the smaller target's value.
        let plain = planted.trajectories.filter { $0.actions[0] == [0, 0, 0] }
        let expected = plain.map { $0.position * $0.discounts() + 7 * $0.lastDiscount }.sorted()
        #expect(expected.count == 15)
        for (ours, theirs) in zip(authors.states.map { $0.returns[0] }.sorted(), expected) {
            #expect(abs(ours - theirs) < 1e-4)
        }
        for trajectory in planted.trajectories {
            #expect(trajectory.actions.prefix(3).allSatisfy { $0 == trajectory.actions[0] })
            #expect(trajectory.actions.dropFirst(3).allSatisfy { $0 == [0, 0, 0] })
        }
    }

    /// SAC acts with tanh of its mean, and its critic learns rewards times 5.
    @Test func sacIsMeasuredAtItsMeanInItsCriticsScale() throws {
        var configuration = SACConfiguration(critic: .mlpStandard, environment: "Planted")
        configuration.replayCapacity = 1
        let planted = try PlantedAgent(sac: configuration, scale: 5, meanAction: 0.5)
        let accuracy = try accuracy(planted)
        let later = planted.trajectories.flatMap { $0.actions.dropFirst().flatMap { $0 } }
        #expect(!later.isEmpty && later.allSatisfy { abs($0 - 0.5) < 1e-5 })
        for state in accuracy.states {
            let gradient = try #require(state.fit).gradient
            for (ours, slope) in zip(gradient, PlantedTask.slope) { #expect(abs(ours - 5 * slope) < 1e-4) }
        }
        #expect(try #require(accuracy.similaritySpread).mean > 1 - 1e-9)
        #expect(try #require(accuracy.relativeError) < 1e-4)
    }

    @Test func statesAndNoiseDifferFromProbeToProbeAndRepeat() throws {
        let planted = try PlantedAgent()
        let first = try accuracy(planted, step: 10_000)
        let second = try accuracy(planted, step: 20_000)
        #expect(first.states != second.states)
        #expect(try accuracy(planted, step: 10_000) == first)
    }

    @Test func aStoppedProbeHasNoResultAndCanBeMadeAgain() throws {
        let planted = try PlantedAgent()
        var questions = 0
        let stopped = try planted.probe.measure(
            step: 100, isIncluded: { _ in true }, progress: { _ in },
            shouldStop: {
                questions += 1
                return questions > 9
            })
        guard case .stopped = stopped else {
            Issue.record("the probe was not stopped")
            return
        }
        #expect(try accuracy(planted) == accuracy(PlantedAgent()))
    }
}

/// The probe on simulated tasks.
@Suite struct SimulatedGradientTests {
    private func agent(_ critic: CriticKind, seeds: [UInt32], threads: Int) throws -> (TD3Agent, CPUBackend) {
        let spec = try EnvironmentSpec.named("Hopper-v2")
        var configuration = TD3Configuration(critic: critic, environment: spec.id)
        configuration.architecture.primary.widths = [16, 24, 40]
        configuration.architecture.hiddenSize = 24
        configuration.replayCapacity = 1
        let backend = try CPUBackend(threads: threads)
        let agent = try TD3Agent(
            configuration, stateSize: spec.observationSize, actionSize: spec.actionSize, actionLimit: 1, seeds: seeds,
            backend: backend)
        return (agent, backend)
    }

    /// Bits do not depend on threads or on the seeds beside.
    @Test(arguments: [CriticKind.mlpStandard, .saHyper])
    func numbersDependOnTheSeedAlone(_ critic: CriticKind) throws {
        let spec = try EnvironmentSpec.named("Hopper-v2")
        var results: [GradientAccuracy?] = []
        for (seeds, threads) in [([5], 1), ([5], 3), ([8, 5, 2], 2)] as [([UInt32], Int)] {
            let (agent, backend) = try agent(critic, seeds: seeds, threads: threads)
            var settings = GradientAccuracySettings()
            settings.states = 4
            settings.variation = .authors
            let probe = try GradientAccuracyProbe(agent, spec, settings: settings, pool: backend.pool)
            let position = try #require(seeds.firstIndex(of: 5))
            // A seed that is left out changes nothing for the others.
            let found = try probe.measure(
                step: 300, isIncluded: { seeds[$0] != 2 }, progress: { _ in }, shouldStop: { false }
            ).result
            #expect(found.map { $0 == nil } == seeds.map { $0 == 2 })
            results.append(found[position])
        }
        #expect(results[0] != nil && results[0] == results[1] && results[0] == results[2])
        // Hopper's first episodes are short, so states come from several.
        let states = try #require(results[0]).states
        #expect(
            states.allSatisfy { $0.fit != nil && $0.returns.count == 15 }
                && states.map(\.episodeStep).contains { $0 > 0 })
    }

    @Test func nothingOfTheAgentIsChanged() throws {
        let spec = try EnvironmentSpec.named("Hopper-v2")
        let (agent, backend) = try agent(.saHyper, seeds: [1], threads: 2)
        func bits() throws -> [[UInt32]] {
            try agent.state.layout.variables.map { try agent.state.floats($0).map(\.bitPattern) }
        }
        let before = try bits()
        var settings = GradientAccuracySettings()
        settings.states = 2
        _ = try GradientAccuracyProbe(agent, spec, settings: settings, pool: backend.pool).readings(step: 0)
        _ = try DynamicWeightsProbe(agent, spec, pool: backend.pool).layerWeights(step: 0)
        #expect(try bits() == before)
    }

    @Test func whatCannotBeMeasuredIsRefusedInOneLine() throws {
        let spec = try EnvironmentSpec.named("Hopper-v2")
        let (agent, backend) = try agent(.mlpStandard, seeds: [1], threads: 1)
        func refusal(_ change: (inout GradientAccuracySettings) -> Void) -> String? {
            var settings = GradientAccuracySettings()
            change(&settings)
            do {
                _ = try GradientAccuracyProbe(agent, spec, settings: settings, pool: backend.pool)
                return nil
            } catch { return "\(error)" }
        }
        #expect(
            refusal { $0.trajectories = 3 }
                == "gradient accuracy: 3 trajectories cannot determine a gradient of 3 numbers; set trajectories to at least 4"
        )
        #expect(refusal { $0.actionNoise = 0 }?.contains("set it above 0") == true)
        #expect(
            refusal {
                $0.trajectories = 4; $0.states = 1
            } == nil)
        // An algorithm that opens no critics.
        #expect(throws: ProbeError.self) { try ProbeViews().critics(for: .gradientAccuracy) }
        #expect(try ProbeViews(actorCritic: agent).critics(for: .dynamicWeights) === agent)
    }
}
