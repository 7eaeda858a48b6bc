import HyperAgents
import HyperEnvironments
import HyperModels
import HyperParallel
import HyperRandom
import HyperTensor

/// Compares the weights that a hypernetwork critic generates with those of a reference, by default an untrained
/// mlp-small critic of the same algorithm and seed (paper, §D.3).
public final class DynamicWeightsProbe: Probe {
    public let settings: DynamicWeightsSettings
    private let agent: any ActorCriticAgent
    private let makeEnvironments: (Int) throws -> VectorEnvironment
    private let lanePolicy: any Policy
    private let statePolicy: any Policy
    private let sampler: StateSampler
    private let reader: LayerWeightReader
    /// For each seed; nil until it is needed.
    private var reference: [LayerWeights]?
    private let stateSize: Int
    private let actionSize: Int

    /// States of a seed that are drawn at the same time.
    private let lanes: Int
    private static let lanesLimit = 16

    /// - Parameters:
    ///   - randomSeeds: What each seed's states are a function of; nil takes the agent's seeds.
    ///   - reference: For each seed the weights to compare with; nil takes those that mlp-small begins with.
    public init(
        _ agent: any ActorCriticAgent, _ spec: EnvironmentSpec, settings: DynamicWeightsSettings = .init(),
        randomSeeds: [UInt32]? = nil, reference: [LayerWeights]? = nil, pool: WorkerPool
    ) throws {
        self.agent = agent
        self.settings = settings
        self.reference = reference
        stateSize = spec.observationSize
        actionSize = spec.actionSize
        let seeds = randomSeeds ?? agent.seeds
        makeEnvironments = {
            try VectorEnvironment(spec, seeds: seeds, lanesPerSeed: $0, stream: .probe, pool: pool)
        }
        lanes = min(Self.lanesLimit, settings.states)
        lanePolicy = try agent.makePolicy(batch: lanes)
        statePolicy = try agent.makePolicy(batch: settings.states)
        sampler = StateSampler(
            count: settings.states, streams: seeds.map { RandomStream(seed: $0, stream: .probe) })
        reader = try LayerWeightReader(
            agent, states: settings.states, stateSize: stateSize, actionSize: actionSize, gains: settings.gains)
    }

    public func measure(
        step: Int, isIncluded: (Int) -> Bool, progress: (Double) -> Void, shouldStop: () -> Bool
    ) throws -> Stoppable<[WeightReading?]> {
        let weights = try layerWeights(
            step: step, isIncluded: isIncluded, progress: progress, shouldStop: shouldStop)
        guard case .done(let weights) = weights else { return .stopped }
        let reference = try reference ?? initialReference()
        self.reference = reference
        return .done(
            try weights.enumerated().map { seed, weights in
                try weights.map {
                    try WeightReading(step: step, weights: $0, reference: reference[seed], bins: settings.bins)
                }
            })
    }

    /// For each seed its weights, generated for states of the policy's distribution; nil for seeds left out.
    /// As the reference of another probe.
    public func layerWeights(
        step: Int, isIncluded: (Int) -> Bool = { _ in true }, progress: (Double) -> Void = { _ in },
        shouldStop: () -> Bool = { false }
    ) throws -> Stoppable<[LayerWeights?]> {
        let lanes = PolicyLanes(environments: try makeEnvironments(lanes), count: lanes, policy: lanePolicy)
        let drawn = try sampler.draw(
            step: step, in: lanes, isIncluded: isIncluded, progress: progress, shouldStop: shouldStop)
        guard case .done(let drawn) = drawn else { return .stopped }
        let actions = try statePolicy.actions(drawn.observations, actionSize: actionSize, stateSize: stateSize)
        let weights = try reader.read(states: drawn.observations, actions: actions)
        return .done(weights.enumerated().map { isIncluded($0) ? $1 : nil })
    }

    /// What an mlp-small critic of the agent's algorithm, as wide as the dynamic network, begins with: the critic network
    /// of each seed.
    private func initialReference() throws -> [LayerWeights] {
        var baseline = agent.baseline
        baseline.hiddenSize = reader.hiddenSize
        let critic = CriticKind.mlpSmall.makeCritic(stateSize: stateSize, actionSize: actionSize, baseline: baseline)
        var layout = StateLayout()
        let seeds = agent.seeds
        let arenas = try NetworkArenas("critic", critic.parameters, seeds: seeds.count, members: 2, in: &layout)
        let state = try agent.backend.makeState(layout)
        try state.initialize(arenas, critic.parameters, seeds: seeds, network: .critic)
        let matrices = arenas.parameters.variables.filter { $0.shape.rank == 4 }
        return LayerWeights.ofSeeds(seeds.count, layers: try matrices.map { try state.floats($0) })
    }
}
