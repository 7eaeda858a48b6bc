import HyperEnvironments
import HyperParallel

extension ActorCriticConfiguration {
    /// The settings with which updates are timed: from the first batch on.
    private func benchmarked(_ context: BenchmarkContext) -> Self {
        var settings = self
        settings.replayCapacity = context.experience
        settings.beginUpdates(afterRandomSteps: batchSize)
        return settings
    }

    public func makeBenchmark(_ context: BenchmarkContext) throws -> any UpdateBenchmark {
        let settings = benchmarked(context)
        let agent = try settings.makeAgent(context.spec, seeds: context.seeds, backend: context.backend)
        if context.isLifelike {
            try agent.fillReplay(transitions: context.experience)
        } else {
            try agent.replay.fillForTiming()
        }
        return ActorCriticBenchmark(agent, batchSize: settings.batchSize, period: settings.updatePeriod)
    }

    public func makeLoopBenchmark(_ context: BenchmarkContext, pool: WorkerPool) throws -> LoopParts {
        let settings = benchmarked(context)
        let trainer = try settings.makeActorCriticTrainer(
            TrainingContext(
                spec: context.spec, seeds: context.seeds, length: 1_000_000_000, backend: context.backend, pool: pool))
        let benchmark = ActorCriticBenchmark(
            trainer.agent, batchSize: settings.batchSize, period: settings.updatePeriod)
        let environments = try EnvironmentsAlone(context.spec, seeds: context.seeds, pool: pool)
        let explorer = Explorer(trainer.agent, context.spec)
        var events = TrainingEvents()
        func takeStep() throws {
            events.removeAll()
            try trainer.takeStep(into: &events)
        }
        // Random steps fill the first batch.
        for _ in 0..<settings.batchSize { try takeStep() }
        return LoopParts(
            period: settings.updatePeriod, whole: takeStep, update: benchmark.update, environments: environments.step,
            act: explorer.act
        ) { try benchmark.finish() && trainer.isRunning.allSatisfy { $0 } }
    }
}

/// Gradient steps one after the other.
private final class ActorCriticBenchmark: UpdateBenchmark {
    let batchSize: Int
    let period: Int
    private let agent: any ActorCriticAgent
    /// Beyond the steps of any loop on the same agent, so that draws differ.
    private var step = 1_000_000

    var learner: Learner { agent.learner }

    init(_ agent: any ActorCriticAgent, batchSize: Int, period: Int) {
        self.agent = agent
        self.batchSize = batchSize
        self.period = period
    }

    func update() throws {
        try agent.update(step: step)
        step += 1
    }

    func latestMetrics() throws -> [(name: String, values: [Float])] { try agent.latestMetrics() }

    func finish() throws -> Bool { try agent.lossesWereFinite().allSatisfy { $0 } }
}

/// Environments that step with random actions and nothing else.
private final class EnvironmentsAlone {
    private let environments: VectorEnvironment
    private var actions: [Float]
    private var generator = SystemRandomNumberGenerator()
    private let range: ClosedRange<Float>

    init(_ spec: EnvironmentSpec, seeds: [UInt32], pool: WorkerPool) throws {
        environments = try VectorEnvironment(spec, seeds: seeds, pool: pool)
        actions = [Float](repeating: 0, count: seeds.count * spec.actionSize)
        range = Float(spec.actionRange.lowerBound)...Float(spec.actionRange.upperBound)
    }

    func step() {
        for index in actions.indices { actions[index] = Float.random(in: range, using: &generator) }
        let results = actions.withUnsafeBufferPointer { environments.step($0) }
        for (index, result) in results.enumerated() where result.isOver { environments.reset(index) }
    }
}

/// Asks an agent for actions at fixed observations.
private final class Explorer {
    private let agent: any ActorCriticAgent
    private let observations: [Float]
    private var actions: [Float]
    private var step = 2_000_000

    init(_ agent: any ActorCriticAgent, _ spec: EnvironmentSpec) {
        self.agent = agent
        observations = (0..<agent.seeds.count * spec.observationSize).map { Float($0 % 7) / 7 }
        actions = [Float](repeating: 0, count: agent.seeds.count * spec.actionSize)
    }

    func act() throws {
        try observations.withUnsafeBufferPointer { observations in
            try actions.withUnsafeMutableBufferPointer { try agent.explore(observations, step: step, into: $0) }
        }
        step += 1
    }
}
