import HyperEnvironments
import HyperModels
import HyperTensor

/// Settings of TD3 (paper, Table 5; Fujimoto et al. 2018).
public struct TD3Configuration: Hashable, Sendable {
    /// The action-value network.
    public var critic: CriticKind
    /// Sizes and initialisation of a hypernetwork critic.
    public var architecture = HyperNetwork.Architecture()
    /// Sizes and initialisation of any other critic.
    public var baseline = BaselineArchitecture()
    public var actorHiddenSizes = [256, 256]
    public var actorLearningRate = 3e-4
    public var criticLearningRate: Double
    public var batchSize = 100
    /// Critic updates for each update of the actor and the targets.
    public var policyDelay = 2
    /// γ per environment step.
    public var discount = 0.99
    /// τ of the soft update, at each policy update.
    public var targetRate = 0.005
    /// Standard deviation of the noise on collected actions, in units of the action limit.
    public var explorationNoise = 0.1
    /// Standard deviation of the noise on target actions, in units of the action limit.
    public var targetNoise = 0.2
    /// Bound of the noise on target actions, in units of the action limit.
    public var targetNoiseClip = 0.5
    /// Steps with uniformly random actions before training begins.
    public var randomSteps: Int
    /// Transitions that each seed's replay holds.
    public var replayCapacity = 1_000_000

    /// The defaults for a critic and an environment.
    ///
    /// Critic learning rate: 5e-5 for hypernetworks, else 3e-4. Random steps: 10,000 on HalfCheetah and Ant and 1,000
    /// elsewhere, as in TD3's own paper (the authors' code takes 1,000 everywhere, with which HalfCheetah ends in a
    /// local optimum: facts in docs/algorithms/td3.md).
    public init(critic: CriticKind, environment: String) {
        self.critic = critic
        criticLearningRate = critic.isHyperNetwork ? 5e-5 : 3e-4
        randomSteps =
            switch EnvironmentSpec.known(environment)?.robot {
            case .halfCheetah, .ant: 10_000
            case .hopper, .walker2d, nil: 1_000
            }
    }
}

extension TD3Configuration: Configurable {
    public static var settings: [Setting<TD3Configuration>] {
        [
            .number("actor-learning-rate", \.actorLearningRate, 0...1, "Adam's learning rate of the actor."),
            .number("critic-learning-rate", \.criticLearningRate, 0...1, "Adam's learning rate of the critics."),
            .integer("batch-size", \.batchSize, 1...65536, unit: .transitions, "Transitions in a batch."),
            .integer(
                "policy-delay", \.policyDelay, 1...1000, unit: .updates, "Critic updates for each policy update."),
            .number("discount", \.discount, 0...1, "Discount per environment step."),
            .number("target-rate", \.targetRate, 0...1, "Rate of the soft target update."),
            .number(
                "exploration-noise", \.explorationNoise, 0...10, unit: .actionLimits,
                "Standard deviation of exploration noise."),
            .number(
                "target-noise", \.targetNoise, 0...10, unit: .actionLimits,
                "Standard deviation of target policy noise."),
            .number(
                "target-noise-clip", \.targetNoiseClip, 0...10, unit: .actionLimits, "Bound of target policy noise."),
            .integer(
                "random-steps", \.randomSteps, 1...100_000_000, unit: .steps, "Random steps before training."
            ).asShareOfLength(),
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

extension TD3Configuration: ActorCriticConfiguration {
    public static let algorithm = "td3"
    public static let summary = "twin delayed deep deterministic policy gradient (Fujimoto et al. 2018)"

    public static let updateMetrics: [UpdateMetric] = [.criticLoss, .actorLoss, .valueMean]

    public var updatePeriod: Int { policyDelay }

    /// Whether an update, counted from 1, is also one of the policy and the targets.
    func updatesPolicy(at update: Int) -> Bool { update % policyDelay == 0 }

    /// Updates begin when the random steps are over.
    public var stepsBeforeUpdates: Int { randomSteps }

    public var learningStart: LearningStart? { LearningStart(units: randomSteps, setting: "random-steps") }

    public mutating func beginUpdates(afterRandomSteps count: Int) { randomSteps = count }

    public func makeAgent(
        stateSize: Int, actionSize: Int, actionLimit: Double, seeds: [UInt32], backend: any Backend
    ) throws -> any ActorCriticAgent {
        try TD3Agent(
            self, stateSize: stateSize, actionSize: actionSize, actionLimit: actionLimit, seeds: seeds,
            backend: backend)
    }

    public func makeStandalonePolicy(
        stateSize: Int, actionSize: Int, actionLimit: Double, seeds: Int, backend: any Backend
    ) throws -> StandalonePolicy {
        let network = makeActorNetwork(stateSize: stateSize, actionSize: actionSize, actionLimit: actionLimit)
        return try StandalonePolicy(
            "td3.act", network.parameters, seeds: seeds, stateSize: stateSize, backend: backend
        ) { network(states: $0, $1) }
    }

    public func makeUpdateFunction(
        stateSize: Int, actionSize: Int, actionLimit: Double
    ) throws -> any UpdateFunction {
        try TD3UpdateFunction(self, stateSize: stateSize, actionSize: actionSize, actionLimit: actionLimit)
    }

    func makeActorNetwork(stateSize: Int, actionSize: Int, actionLimit: Double) -> DeterministicActor {
        DeterministicActor(
            stateSize: stateSize, actionSize: actionSize, hiddenSizes: actorHiddenSizes, actionLimit: actionLimit)
    }
}
