import Foundation
import HyperFormats
import HyperModels
import HyperTensor
import Testing

/// One network of Fixtures/policies.safetensors, which tools/make-policy-reference wrote with PyTorch in float64.
struct PolicyReference: CustomTestStringConvertible, Sendable {
    static let (states, actions, contexts, latents, groups, samples) = (5, 3, 2, 4, 3, 12)

    /// The prefix of its tensors.
    let name: String
    let parameters: ParameterList
    /// Shapes of the inputs by name.
    let inputs: [(name: String, shape: Shape)]
    /// Those along which derivatives are stored.
    var differentiated: [String] = []
    /// What the inputs are multiplied with, by name; 1 where nothing stands.
    var factors: [String: Double] = [:]
    /// What the network gives, in the order in which the loss adds it.
    let outputs: @Sendable ([String: Tensor], Parameters) -> [(name: String, tensor: Tensor)]

    var testDescription: String { name }

    static let all: [PolicyReference] =
        GaussianPolicy.Kind.allCases.map(policy)
        + LatentArchitecture.Kind.allCases.flatMap {
            [latentPolicy($0), latentPolicy($0, isClamped: true), latentCritic($0), latentValue($0)]
        } + [encoder]

    static func file() throws -> SafetensorsFile {
        let path = try #require(
            Bundle.module.path(forResource: "policies", ofType: "safetensors", inDirectory: "Fixtures"))
        return try SafetensorsFile(contentsOf: path)
    }

    private static func policy(_ kind: GaussianPolicy.Kind) -> PolicyReference {
        var architecture = GaussianPolicy.Architecture(kind)
        architecture.hiddenSizes = [6, 7]
        architecture.hyperNetwork = small(architecture.hyperNetwork)
        let policy = GaussianPolicy(
            stateSize: states, contextSize: contexts, actionSize: actions, architecture: architecture)
        return PolicyReference(
            name: "policy.\(kind.rawValue)", parameters: policy.parameters,
            inputs: [
                ("state", [1, 1, samples, states]), ("context", [1, 1, groups, contexts]),
                ("action", [1, 1, samples, actions]), ("noise", [1, 1, samples, actions]),
                ("other.mean", [1, 1, samples, actions]), ("other.log_deviation", [1, 1, 1, actions]),
            ]
        ) { inputs, values in
            guard let state = inputs["state"], let context = inputs["context"], let action = inputs["action"],
                let noise = inputs["noise"], let mean = inputs["other.mean"],
                let logDeviation = inputs["other.log_deviation"]
            else { return [] }
            let distribution = policy.distribution(states: state, contexts: context, values)
            let other = DiagonalGaussian(mean: mean, logDeviation: logDeviation)
            return [
                ("mean", distribution.mean), ("sample", distribution.sample(noise: noise)),
                ("log_probability", distribution.logProbability(of: action)),
                ("divergence", distribution.divergence(from: other)),
                ("divergence_of_other", other.divergence(from: distribution)),
                ("entropy", distribution.entropy.repeated(forSamples: samples)),
            ]
        }
    }

    private static func latentPolicy(_ kind: LatentArchitecture.Kind, isClamped: Bool = false) -> PolicyReference {
        let policy = LatentPolicy(
            stateSize: states, latentSize: latents, actionSize: actions, architecture: small(kind))
        return PolicyReference(
            name: "latent-policy.\(kind.rawValue)\(isClamped ? ".clamped" : "")", parameters: policy.parameters,
            inputs: [
                ("state", [1, 1, samples, states]), ("latent", [1, 1, groups, latents]),
                ("noise", [1, 1, samples, actions]),
            ], differentiated: ["latent"], factors: isClamped ? ["state": 60] : [:]
        ) { inputs, values in
            guard let state = inputs["state"], let latent = inputs["latent"], let noise = inputs["noise"] else {
                return []
            }
            let distribution = policy.distribution(states: state, latents: latent, values)
            let raw = [("mean", distribution.mean), ("log_deviation", distribution.logDeviation)]
            let sample = distribution.sample(noise: noise)
            return isClamped
                ? raw : raw + [("sample", sample.actions), ("log_probability", sample.logProbability)]
        }
    }

    private static func latentCritic(_ kind: LatentArchitecture.Kind) -> PolicyReference {
        let critic = LatentCritic(
            stateSize: states, actionSize: actions, latentSize: latents, architecture: small(kind))
        return PolicyReference(
            name: "latent-critic.\(kind.rawValue)", parameters: critic.parameters,
            inputs: [
                ("state", [1, 1, samples, states]), ("latent", [1, 1, groups, latents]),
                ("action", [1, 1, samples, actions]),
            ], differentiated: ["latent", "action"]
        ) { inputs, values in
            guard let state = inputs["state"], let latent = inputs["latent"], let action = inputs["action"] else {
                return []
            }
            return [("q", critic(states: state, actions: action, latents: latent, values))]
        }
    }

    private static func latentValue(_ kind: LatentArchitecture.Kind) -> PolicyReference {
        let value = LatentValue(stateSize: states, latentSize: latents, architecture: small(kind))
        return PolicyReference(
            name: "latent-value.\(kind.rawValue)", parameters: value.parameters,
            inputs: [("state", [1, 1, samples, states]), ("latent", [1, 1, groups, latents])],
            differentiated: ["latent"]
        ) { inputs, values in
            guard let state = inputs["state"], let latent = inputs["latent"] else { return [] }
            return [("v", value(states: state, latents: latent, values))]
        }
    }

    private static var encoder: PolicyReference {
        let size = states + actions + 1
        let encoder = ContextEncoder(transitionSize: size, latentSize: latents, architecture: small(.mlp))
        return PolicyReference(
            name: "encoder", parameters: encoder.parameters,
            inputs: [("transition", [1, 1, samples, size]), ("noise", [1, 1, groups, latents])]
        ) { inputs, values in
            guard let transition = inputs["transition"], let noise = inputs["noise"] else { return [] }
            let posterior = encoder.evidence(transitions: transition, groups: groups, values).posterior
            return [
                ("mean", posterior.mean), ("variance", posterior.variance),
                ("sample", posterior.sample(noise: noise)), ("divergence", posterior.divergenceFromPrior),
            ]
        }
    }

    private static func small(_ kind: LatentArchitecture.Kind) -> LatentArchitecture {
        var architecture = LatentArchitecture(kind)
        architecture.hiddenSizes = [6, 7, 5]
        architecture.encoderSizes = architecture.hiddenSizes
        architecture.hyperNetwork = small(architecture.hyperNetwork)
        return architecture
    }

    private static func small(_ architecture: HyperNetwork.Architecture) -> HyperNetwork.Architecture {
        var architecture = architecture
        architecture.primary.widths = [4, 6, 8]
        architecture.hiddenSize = 5
        return architecture
    }
}
