import Foundation
import HyperAgents
import HyperCPU
import HyperEnvironments
import HyperModels
import HyperParallel
import HyperRandom
import HyperTensor

@testable import HyperProbes

/// A task whose action values are linear in the action: reward = slope · a + x, where the state (x, −x) never changes.
/// With a policy that does nothing, ∇ₐQ is the slope, and the returns hold no noise.
final class PlantedTask: Environment {
    static let slope: [Double] = [1, -2, 0.5]
    static let timeLimit = 8
    let spec = EnvironmentSpec(
        id: "Planted", summary: "Pays for a direction.", observationSize: 2, actionSize: 3, timeLimit: timeLimit,
        controlTimestep: 1)
    private(set) var episodeIndex = 0
    private(set) var episodeStep = 0
    private(set) var episodeReturn = 0.0
    /// What was done since each `restore`.
    struct Trajectory {
        /// x.
        let position: Double
        let episodeStep: Int
        var actions: [[Float]] = []
    }

    private(set) var trajectories: [Trajectory] = []
    private var position = 0.0
    private let starts: RandomStream
    private let lane: UInt32

    init(seed: UInt32, lane: UInt32) {
        starts = RandomStream(seed: seed, stream: .environment)
        self.lane = lane
        reset(toEpisode: 0)
    }

    func reset(toEpisode index: Int) {
        episodeIndex = index
        episodeStep = 0
        episodeReturn = 0
        position = Double(starts.uniform(step: UInt64(index), lane: lane))
    }

    func step(_ action: UnsafeBufferPointer<Float>) -> StepResult {
        if !trajectories.isEmpty { trajectories[trajectories.count - 1].actions.append(Array(action)) }
        let reward = zip(action, Self.slope).reduce(position) { $0 + Double($1.0) * $1.1 }
        episodeStep += 1
        episodeReturn += reward
        return StepResult(reward: reward, terminated: false, truncated: episodeStep >= spec.timeLimit)
    }

    func copyObservation(to target: UnsafeMutableBufferPointer<Float>) {
        target[0] = Float(position)
        target[1] = -Float(position)
    }

    func snapshot() -> EnvironmentSnapshot {
        EnvironmentSnapshot(
            id: spec.id, positions: [position], velocities: [], accelerationWarmstart: [], time: 0, torsoPosition: [],
            observation: [position, -position], episodeIndex: episodeIndex, episodeStep: episodeStep,
            episodeReturn: episodeReturn)
    }

    func restore(_ snapshot: EnvironmentSnapshot) throws(EnvironmentError) {
        position = snapshot.positions[0]
        episodeIndex = snapshot.episodeIndex
        episodeStep = snapshot.episodeStep
        episodeReturn = snapshot.episodeReturn
        trajectories.append(Trajectory(position: position, episodeStep: episodeStep))
    }
}

extension PlantedTask.Trajectory {
    /// γᵏ summed over the steps from this one to the end of the episode, at most `count` of them.
    func discounts(_ count: Int = .max) -> Double {
        (0..<min(count, PlantedTask.timeLimit - episodeStep)).reduce(0) { $0 + pow(0.99, Double($1)) }
    }

    /// γ to the power of the steps to the end of the episode.
    var lastDiscount: Double { pow(0.99, Double(PlantedTask.timeLimit - episodeStep)) }

    /// slope · a of the first action.
    var firstReward: Double { zip(actions[0], PlantedTask.slope).reduce(0) { $0 + Double($1.0) * $1.1 } }
}

/// An agent, TD3's if nothing else is said, for the task whose policy gives planted actions and whose critic is a planted linear function.
struct PlantedAgent {
    let agent: any ActorCriticAgent
    let probe: GradientAccuracyProbe
    private let made: Made

    /// The environments that probes of this agent were made in.
    private final class Made {
        var environments: [PlantedTask] = []
    }

    /// All trajectories that were sampled, by lane.
    var trajectories: [PlantedTask.Trajectory] { made.environments.flatMap(\.trajectories) }

    /// - Parameters:
    ///   - sac: Makes the agent one of SAC.
    ///   - scale: The critic is `scale · slope · a`.
    ///   - meanAction: What the policy does everywhere; each number inside −1…1.
    init(
        sac: SACConfiguration? = nil, seeds: [UInt32] = [4], scale: Float = 1, critic: [Double] = PlantedTask.slope,
        meanAction: Float = 0,
        settings: GradientAccuracySettings = .init()
    ) throws {
        var configuration = TD3Configuration(critic: .mlpStandard, environment: "Planted")
        configuration.replayCapacity = 1
        let backend = try CPUBackend(threads: 1)
        agent =
            if let sac {
                try SACAgent(sac, stateSize: 2, actionSize: 3, actionLimit: 1, seeds: seeds, backend: backend)
            } else {
                try TD3Agent(
                    configuration, stateSize: 2, actionSize: 3, actionLimit: 1, seeds: seeds, backend: backend)
            }
        try Self.plant(agent, critic.map { scale * Float($0) }, meanAction: meanAction)
        let made = Made()
        self.made = made
        probe = try GradientAccuracyProbe(
            agent, PlantedTask(seed: 0, lane: 0).spec, settings: settings, randomSeeds: seeds
        ) { lanes in
            let environments = seeds.flatMap { seed in
                (0..<lanes).map { PlantedTask(seed: seed, lane: UInt32($0)) }
            }
            made.environments += environments
            return VectorEnvironment(environments, pool: WorkerPool(threads: 1))
        }
    }

    /// Q = slope · a for both twins, through one neuron of each hidden layer that a bias of 100 keeps on; the targets'
    /// values are 7 and 9; π(s) = the mean action.
    private static func plant(_ agent: any ActorCriticAgent, _ slope: [Float], meanAction: Float) throws {
        for variable in agent.learner.savedArenas.flatMap(\.variables) where variable.type.element == .float32 {
            try agent.state.write([Float](repeating: 0, count: variable.type.count), to: variable)
        }
        func set(_ name: String, _ change: (inout [Float], _ first: Int, _ replica: Int) -> Void) throws {
            guard let variable = agent.state.layout.variables.first(where: { $0.name == name }) else {
                throw TensorError("there is no \(name)")
            }
            var values = try agent.state.floats(variable)
            let replicas = variable.shape[0] * variable.shape[1]
            for replica in 0..<replicas { change(&values, replica * values.count / replicas, replica) }
            try agent.state.write(values, to: variable)
        }
        try set("critic.layers.0.weight") { values, first, _ in
            // [2 + 3, 256]: the actions' rows, column 0.
            for index in slope.indices { values[first + (2 + index) * 256] = slope[index] }
        }
        try set("critic.layers.0.bias") { values, first, _ in values[first] = 100 }
        try set("critic.layers.1.weight") { values, first, _ in values[first] = 1 }
        try set("critic.layers.2.weight") { values, first, _ in values[first] = 1 }
        try set("critic.layers.2.bias") { values, first, _ in values[first] = -100 }
        try set("critic_target.layers.2.bias") { values, first, replica in values[first] = replica % 2 == 0 ? 9 : 7 }
        try set("actor.layers.2.bias") { values, first, _ in
            for index in 0..<3 { values[first + index] = atanh(meanAction) }
        }
    }
}
