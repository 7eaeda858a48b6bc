import HyperEnvironments
import HyperParallel
import Testing

@testable import HyperAgents

/// Pulls a trainer step by step, looking at numbers and evaluating at intervals as a run does, and keeps what happened.
final class TrainingLoop {
    let trainer: ActorCriticTrainer
    private let steps: Int
    private let logInterval: Int
    private let evaluationInterval: Int?
    private let watch: NumberWatch

    /// What a test wants done after a step.
    var atStep: (Int) -> Void = { _ in }
    private(set) var logs = 0
    private(set) var evaluations: [SeedEvaluation] = []
    /// Seeds that were stopped: `0: reason`, and after how many steps.
    private(set) var stops: [String] = []
    private(set) var stopSteps: [Int] = []
    /// `0: reason at 6`.
    private(set) var drops: [String] = []
    /// `0: 20 steps at 31`.
    private(set) var finished: [String] = []

    /// - Parameters:
    ///   - evaluator: Asked every `evaluationInterval` steps; nil for no evaluations.
    init(
        _ agent: any ActorCriticAgent, _ environments: VectorEnvironment, steps: Int, logInterval: Int = 1000,
        evaluationInterval: Int = 5000, evaluator: (any PolicyEvaluator)? = nil
    ) throws {
        trainer = ActorCriticTrainer(agent: agent, environments: environments) { try #require(evaluator) }
        self.steps = steps
        self.logInterval = logInterval
        self.evaluationInterval = evaluator == nil ? nil : evaluationInterval
        watch = try NumberWatch(trainer)
    }

    @discardableResult
    func run() throws -> TrainingLoop {
        let evaluator = try evaluationInterval.map { _ in try trainer.makeEvaluator() }
        while trainer.completed < steps, trainer.isRunning.contains(true) {
            try takeStep()
            let step = trainer.completed
            if step % logInterval == 0 {
                for bad in try watch.badNumbers() {
                    trainer.stop(bad.position)
                    stops.append("\(bad.position): \(bad.reason)")
                    stopSteps.append(step)
                }
                logs += trainer.isRunning.count { $0 }
            }
            if let evaluator, let evaluationInterval, step % evaluationInterval == 0 {
                evaluations += try evaluator.evaluate(
                    round: step / evaluationInterval, isIncluded: { trainer.isRunning[$0] }, shouldStop: { false }
                ).result
            }
            atStep(step)
        }
        return self
    }

    func takeStep() throws {
        var events = TrainingEvents()
        #expect(try trainer.perform(into: &events, shouldStop: { false }) == .done)
        for stop in events.stops {
            stops.append("\(stop.position): \(stop.reason)")
            stopSteps.append(stop.completed)
        }
        drops += events.drops.map { "\($0.position): \($0.reason) at \($0.completed)" }
        finished += events.episodes.map { "\($0.position): \($0.length) steps at \(trainer.completed)" }
    }
}
