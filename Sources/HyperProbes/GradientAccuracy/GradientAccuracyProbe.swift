import HyperAgents
import HyperEnvironments
import HyperParallel
import HyperRandom

/// Compares the critic's action gradient with a gradient fitted to sampled returns (paper, §3 and App. B).
///
/// In each of Nₛ states of the policy's distribution, Nᵣ trajectories begin with actions `clip(π(s) + L·N(0, σ), −L, L)`
/// and follow π without exploration to the end of the episode. A linear function fitted to their discounted returns
/// gives g ≈ ∇ₐQ(s, π(s)), and its cosine similarity with ∇ₐQ₁(s, π(s)) is the state's gradient accuracy.
public final class GradientAccuracyProbe: Probe {
    public let settings: GradientAccuracySettings
    private let agent: any ActorCriticAgent
    private let makeEnvironments: (Int) throws -> VectorEnvironment
    private let lanePolicy: any Policy
    private let statePolicy: any Policy
    private let sampler: StateSampler
    private let returns: ReturnSampler
    private let queries: CriticQueries
    private let stateSize: Int
    private let actionSize: Int
    /// Trajectories of each seed.
    private var samples: Int { settings.states * settings.trajectories }

    /// Trajectories of a seed that go at the same time: enough for many threads.
    private let lanes: Int
    private static let lanesLimit = 64

    /// A probe in environments of a simulated task.
    ///
    /// - Parameter randomSeeds: What each seed's draws are a function of; nil takes the agent's seeds.
    /// - Throws: `ProbeError` if the settings cannot be measured so.
    public convenience init(
        _ agent: any ActorCriticAgent, _ spec: EnvironmentSpec, settings: GradientAccuracySettings = .init(),
        randomSeeds: [UInt32]? = nil, pool: WorkerPool
    ) throws {
        let seeds = randomSeeds ?? agent.seeds
        try self.init(agent, spec, settings: settings, randomSeeds: seeds) { lanes in
            try VectorEnvironment(spec, seeds: seeds, lanesPerSeed: lanes, stream: .probe, pool: pool)
        }
    }

    /// A probe in other environments.
    ///
    /// - Parameters:
    ///   - randomSeeds: What each seed's draws are a function of.
    ///   - makeEnvironments: Makes so many environments for each seed, those of one seed side by side.
    /// - Throws: `ProbeError` if the settings cannot be measured so.
    public init(
        _ agent: any ActorCriticAgent, _ spec: EnvironmentSpec, settings: GradientAccuracySettings,
        randomSeeds: [UInt32], makeEnvironments: @escaping (_ lanesPerSeed: Int) throws -> VectorEnvironment
    ) throws {
        stateSize = spec.observationSize
        actionSize = spec.actionSize
        try Self.check(settings, actionSize: actionSize)
        self.agent = agent
        self.settings = settings
        self.makeEnvironments = makeEnvironments
        lanes = min(Self.lanesLimit, settings.states * settings.trajectories)
        lanePolicy = try agent.makePolicy(batch: lanes)
        statePolicy = try agent.makePolicy(batch: settings.states)
        sampler = StateSampler(
            count: settings.states, streams: randomSeeds.map { RandomStream(seed: $0, stream: .probe) })
        returns = ReturnSampler(
            discount: agent.discount, rewardScale: agent.rewardScale, heldSteps: settings.heldSteps)
        queries = try CriticQueries(
            agent, states: settings.states, samples: settings.states * settings.trajectories, stateSize: stateSize,
            actionSize: actionSize, withTargets: settings.addsTargetValue)
    }

    private static func check(_ settings: GradientAccuracySettings, actionSize: Int) throws {
        guard settings.trajectories > actionSize else {
            throw ProbeError(
                "gradient accuracy: \(settings.trajectories) trajectories cannot determine a gradient of \(actionSize) "
                    + "numbers; set trajectories to at least \(actionSize + 1)")
        }
        guard settings.actionNoise > 0 else {
            throw ProbeError(
                "gradient accuracy: with action-noise 0 no action is varied, and nothing can be fitted; set it above 0")
        }
    }

    public func measure(
        step: Int, isIncluded: (Int) -> Bool, progress: (Double) -> Void, shouldStop: () -> Bool
    ) throws -> Stoppable<[GradientAccuracy?]> {
        let lanes = PolicyLanes(environments: try makeEnvironments(lanes), count: lanes, policy: lanePolicy)
        let drawn = try sampler.draw(
            step: step, in: lanes, isIncluded: isIncluded, progress: { progress($0 / 16) }, shouldStop: shouldStop)
        guard case .done(let drawn) = drawn else { return .stopped }
        let states = drawn.observations
        let means = try statePolicy.actions(states, actionSize: actionSize, stateSize: stateSize)
        let actions = firstActions(around: means, step: step)
        let outcome = try returns.run(
            from: spread(drawn.snapshots, width: 1), firstActions: actions, in: lanes, seedCount: agent.seeds.count,
            progress: { progress((1 + 15 * $0) / 16) }, shouldStop: shouldStop)
        guard case .done(var outcome) = outcome else { return .stopped }
        if settings.addsTargetValue { try addTargetValues(to: &outcome) }
        let samples = Samples(
            actions: actions, returns: outcome,
            values: try queries.values(states: spread(states, width: stateSize), actions: actions))
        let parametric = try queries.gradients(states: states, actions: means)
        let gradients = agent.seeds.indices.map { seed -> [StateGradients]? in
            guard isIncluded(seed) else { return nil }
            return (0..<settings.states).map { state in
                stateGradients(seed, state, drawn.snapshots, parametric, samples)
            }
        }
        let errors = try relativeErrors(states: states, gradients)
        return .done(
            gradients.enumerated().map { seed, states in
                states.map { states in
                    let part = seed * self.samples..<(seed + 1) * self.samples
                    return GradientAccuracy(
                        step: step, states: states, relativeError: errors[seed],
                        sampledSteps: outcome.lengths[part].reduce(0, +))
                }
            })
    }

    // MARK: Sampling

    /// What the trajectories gave, `[seeds, trajectories, states]`.
    private struct Samples {
        let actions: [Float]
        let returns: ReturnSampler.Outcome
        let values: [Float]
    }

    /// `clip(π(s) + L·σ·ε, −L, L)`, `[seeds, trajectories, states, actionSize]`.
    private func firstActions(around means: [Float], step: Int) -> [Float] {
        let limit = Float(agent.actionLimit)
        let scale = Float(settings.actionNoise) * limit
        let number = StateSampler.Draw.actionNoise.number(step)
        var actions = spread(means, width: actionSize)
        for (seed, stream) in sampler.streams.enumerated() {
            for index in 0..<samples * actionSize {
                if settings.variation == .authors && index < settings.states * actionSize { continue }
                let place = seed * samples * actionSize + index
                let noisy = actions[place] + scale * stream.normal(step: number, lane: UInt32(index))
                actions[place] = min(limit, max(-limit, noisy))
            }
        }
        return actions
    }

    /// Repeats `[seeds, states, width]` for each trajectory: `[seeds, trajectories, states, width]`.
    private func spread<Element>(_ values: [Element], width: Int) -> [Element] {
        let part = settings.states * width
        return agent.seeds.indices.flatMap { seed in
            (0..<settings.trajectories).flatMap { _ in values[seed * part..<(seed + 1) * part] }
        }
    }

    /// Adds `γᵏ·min Q′(s_T, π(s_T))` where the time limit cut a trajectory.
    private func addTargetValues(to outcome: inout ReturnSampler.Outcome) throws {
        let values = try queries.targetValues(states: outcome.lastObservations)
        for index in outcome.returns.indices where outcome.remainingDiscounts[index] > 0 {
            outcome.returns[index] += outcome.remainingDiscounts[index] * Double(values[index])
        }
    }

    // MARK: Comparing

    private func stateGradients(
        _ seed: Int, _ state: Int, _ drawn: [EnvironmentSnapshot?], _ parametric: (values: [Float], gradients: [Float]),
        _ samples: Samples
    ) -> StateGradients {
        let row = seed * settings.states + state
        let lanes = (0..<settings.trajectories)
            .map { (seed * settings.trajectories + $0) * settings.states + state }
            .filter { !samples.returns.diverged[$0] }
        return StateGradients(
            episodeStep: drawn[row]?.episodeStep ?? 0, value: Double(parametric.values[row]),
            criticGradient: doubles(parametric.gradients, row),
            actions: lanes.map { doubles(samples.actions, $0) }, returns: lanes.map { samples.returns.returns[$0] },
            criticValues: lanes.map { Double(samples.values[$0]) })
    }

    /// Row `row` of `[rows, actionSize]`.
    private func doubles(_ values: [Float], _ row: Int) -> [Double] {
        values[row * actionSize..<(row + 1) * actionSize].map(Double.init)
    }

    /// α of Proposition 1 for each seed, over the states with a fitted gradient.
    private func relativeErrors(states: [Float], _ gradients: [[StateGradients]?]) throws -> [Double?] {
        var difference = [Float](repeating: 0, count: agent.seeds.count * settings.states * actionSize)
        var reference = difference
        for (seed, list) in gradients.enumerated() {
            for (state, found) in (list ?? []).enumerated() {
                guard let gradient = found.fit?.gradient else { continue }
                let first = (seed * settings.states + state) * actionSize
                for index in 0..<actionSize {
                    difference[first + index] = Float(found.criticGradient[index] - gradient[index])
                    reference[first + index] = Float(gradient[index])
                }
            }
        }
        let norms = try queries.policyGradientNorms(states: states, difference: difference, reference: reference)
        return zip(norms.difference, norms.reference).map { difference, reference in
            let error = Double(difference) / Double(reference)
            return reference > 0 && error.isFinite ? error : nil
        }
    }
}
