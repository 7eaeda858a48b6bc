import HyperCPU
import HyperExperiments
import HyperModels
import HyperTensor
import Testing

@testable import HyperAgents
@testable import HyperOpenCL

extension OpenCLTests {
    /// Updates of every critic and every variant of the primary network against the CPU backend.
    @Suite struct CriticTests {
        private static let variants: [PrimaryArchitecture] =
            Normalization.allCases.dropFirst().map { normalization in
                var variant = PrimaryArchitecture()
                variant.normalization = normalization
                return variant
            }
            + [PrimaryArchitecture.Kind.mlp, .dense].map { kind in
                var variant = PrimaryArchitecture()
                (variant.kind, variant.activation, variant.upsampling) = (kind, .elu, .first)
                return variant
            }

        @Test(arguments: CriticKind.allCases) func criticsTrainAsOnTheCPU(_ critic: CriticKind) throws {
            try compare(critic, PrimaryArchitecture())
        }

        @Test(arguments: variants) func variantsTrainAsOnTheCPU(_ variant: PrimaryArchitecture) throws {
            try compare(.saHyper, variant)
        }

        private func compare(_ critic: CriticKind, _ primary: PrimaryArchitecture) throws {
            let cpu = try train(critic, primary, on: CPUBackend(threads: 1))
            let openCL = try train(critic, primary, on: TestDevice.backend())
            #expect(Set(cpu.keys) == Set(openCL.keys))
            for (name, expected) in cpu {
                let found = try #require(openCL[name])
                let scale = max(expected.map(\.magnitude).max() ?? 0, 1e-6)
                let error = zip(found, expected).map { ($0 - $1).magnitude }.max() ?? 0
                // Six steps of Adam: gradients that are rounding alone still move a weight by the learning rate.
                #expect(error <= 2e-3 * scale + 1e-4, "\(critic.rawValue), \(name): error \(error), largest \(scale)")
            }
        }

        /// Mean values of six updates, and every parameter, buffer and target after them.
        private func train(
            _ critic: CriticKind, _ primary: PrimaryArchitecture, on backend: any Backend
        ) throws -> [String: [Float]] {
            var configuration = TD3Configuration(critic: critic, environment: "Hopper-v2")
            configuration.replayCapacity = 100
            configuration.batchSize = 19
            configuration.actorHiddenSizes = [24, 24]
            configuration.architecture.primary = primary
            configuration.architecture.primary.widths = [16, 24, 40]
            configuration.architecture.hiddenSize = 24
            configuration.baseline.hiddenSize = 24
            configuration.baseline.largeHiddenSize = 72
            configuration.baseline.residualBlocks = 4
            let agent = try TD3Agent(
                configuration, stateSize: 11, actionSize: 3, actionLimit: 1, seeds: [3, 8], backend: backend)
            try agent.fillReplay(transitions: 100)
            var result: [String: [Float]] = [:]
            for step in 1...6 {
                try agent.update(step: step)
                result["values of update \(step)"] = try agent.latestMetrics().first { $0.name == "value_mean" }?.values
            }
            for variable in agent.learner.savedArenas.filter({ $0.role != .moment }).flatMap(\.variables) {
                result[variable.name] = try agent.state.floats(variable)
            }
            return result
        }
    }
}
