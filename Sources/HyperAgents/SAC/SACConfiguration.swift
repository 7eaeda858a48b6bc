import HyperEnvironments
import HyperModels
import HyperTensor

/// How much entropy is worth: the coefficient α of `−log π` beside the (scaled) reward.
public enum EntropyCoefficient: Hashable, Sendable {
    case fixed(Double)
    /// Learned, so that the policy's entropy approaches −|A| nats; begins at 1 (Haarnoja et al. 2018, arXiv:1812.05905, §5).
    case automatic
}

/// Settings of SAC (paper, Table 7; Haarnoja et al. 2018).
public struct SACConfiguration: Hashable, Sendable {
    /// The action-value network.
    public var critic: CriticKind
    /// Sizes and initialisation of a hypernetwork critic.
    public var architecture = HyperNetwork.Architecture()
    /// Sizes and initialisation of any other critic.
    public var baseline = BaselineArchitecture()
    public var actorHiddenSizes = [256, 256]
    public var actorLearningRate: Double
    public var criticLearningRate: Double
    public var batchSize = 256
    /// γ per environment step.
    public var discount = 0.99
    /// τ of the soft update, at each update.
    public var targetRate = 0.005
    /// Factor of the environment's rewards in the critics' targets.
    public var rewardScale = 5.0
    /// α. The authors' code has 0.2 with unscaled rewards, which weighs entropy and reward alike.
    public var entropy = EntropyCoefficient.fixed(1)
    /// Adam's learning rate of log α, where it is learned.
    public var entropyLearningRate = 3e-4
    /// Steps with uniformly random actions, from the start.
    public var randomSteps: Int
    /// Environment steps before the first update; random steps may go on.
    public var stepsBeforeUpdates = 256
    /// Transitions that each seed's replay holds.
    public var replayCapacity = 1_000_000

    /// The defaults for a critic and an environment.
    ///
    /// Learning rates are the paper's (Table 7). Random steps and the start of updates, as soon as the replay holds more
    /// than one batch, are the authors' code's, and so is the initialisation: Xavier for all layers outside hypernetworks,
    /// primary layers within 1/√(2 fanIn).
    public init(critic: CriticKind, environment: String) {
        self.critic = critic
        criticLearningRate = critic.isHyperNetwork ? 5e-5 : 3e-4
        // With hypernetwork critics, the rate of the actor.
        let hyperRate: Double
        switch EnvironmentSpec.known(environment)?.robot {
        case .halfCheetah: (hyperRate, randomSteps) = (1e-4, 10_000)
        case .hopper, .walker2d, .ant, nil: (hyperRate, randomSteps) = (2e-5, 1_000)
        }
        actorLearningRate = critic.isHyperNetwork ? hyperRate : 3e-4
        architecture.primaryFactor = 0.5.squareRoot()
        architecture.base = .xavier
        baseline.initialization = .xavier
    }
}

extension SACConfiguration: Configurable {
    public static var settings: [Setting<SACConfiguration>] {
        [
            .number("actor-learning-rate", \.actorLearningRate, 0...1, "Adam's learning rate of the actor."),
            .number("critic-learning-rate", \.criticLearningRate, 0...1, "Adam's learning rate of the critics."),
            .integer("batch-size", \.batchSize, 1...65536, unit: .transitions, "Transitions in a batch."),
            .number("discount", \.discount, 0...1, "Discount per environment step."),
            .number("target-rate", \.targetRate, 0...1, "Rate of the soft target update."),
            .number("reward-scale", \.rewardScale, 0...1e6, "Factor of rewards in the critics' targets."),
            .entropy,
            .number("entropy-learning-rate", \.entropyLearningRate, 0...1, "Adam's learning rate of log entropy."),
            .integer(
                "random-steps", \.randomSteps, 0...100_000_000, unit: .steps, "Random steps from the start."
            ).asShareOfLength(),
            .integer(
                "steps-before-updates", \.stepsBeforeUpdates, 1...100_000_000, unit: .steps,
                "Environment steps before updates begin."),
            .integer(
                "replay-capacity", \.replayCapacity, 1...100_000_000, unit: .transitions,
                "Transitions kept for each seed."),
            .integers(
                "actor.hidden-sizes", \.actorHiddenSizes, 1...65536, count: 1...16,
                "Widths of the policy's hidden layers."),
        ] + Setting.criticNetwork(critic: \.critic, hyper: \.architecture, baseline: \.baseline)
    }

    public func validate() throws(SettingError) { try critic.validate(architecture, batchSize: batchSize) }
}

extension Setting<SACConfiguration> {
    fileprivate static var entropy: Setting {
        Setting(
            "entropy", .number(0...1e6, or: "auto"),
            "Entropy coefficient beside the scaled reward, or auto to learn it.",
            get: {
                switch $0.entropy {
                case .fixed(let value): .number(value)
                case .automatic: .text("auto")
                }
            },
            put: { configuration, value in
                if case .number(let value) = value {
                    configuration.entropy = .fixed(value)
                } else {
                    configuration.entropy = .automatic
                }
            })
    }
}

extension SACConfiguration: ActorCriticConfiguration {
    public static let algorithm = "sac"
    public static let summary = "soft actor-critic (Haarnoja et al. 2018)"
    public static let updateMetrics: [UpdateMetric] = [
        .criticLoss, .actorLoss, .valueMean, .entropy, .entropyCoefficient,
    ]

    public var updatePeriod: Int { 1 }

    public var learningStart: LearningStart? {
        LearningStart(units: stepsBeforeUpdates, setting: "steps-before-updates")
    }

    public mutating func beginUpdates(afterRandomSteps count: Int) {
        (randomSteps, stepsBeforeUpdates) = (count, count)
    }

    public func makeAgent(
        stateSize: Int, actionSize: Int, actionLimit: Double, seeds: [UInt32], backend: any Backend
    ) throws -> any ActorCriticAgent {
        try SACAgent(
            self, stateSize: stateSize, actionSize: actionSize, actionLimit: actionLimit, seeds: seeds,
            backend: backend)
    }

    public func makeStandalonePolicy(
        stateSize: Int, actionSize: Int, actionLimit: Double, seeds: Int, backend: any Backend
    ) throws -> StandalonePolicy {
        let network = makeActorNetwork(stateSize: stateSize, actionSize: actionSize, actionLimit: actionLimit)
        return try StandalonePolicy(
            "sac.act", network.parameters, seeds: seeds, stateSize: stateSize, backend: backend
        ) { network.meanAction(states: $0, $1) }
    }

    public func makeUpdateFunction(
        stateSize: Int, actionSize: Int, actionLimit: Double
    ) throws -> any UpdateFunction {
        try SACUpdateFunction(self, stateSize: stateSize, actionSize: actionSize, actionLimit: actionLimit)
    }

    func makeActorNetwork(stateSize: Int, actionSize: Int, actionLimit: Double) -> GaussianActor {
        GaussianActor(
            stateSize: stateSize, actionSize: actionSize, hiddenSizes: actorHiddenSizes, actionLimit: actionLimit)
    }
}
