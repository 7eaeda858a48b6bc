import Foundation
import HyperEnvironments

/// Reference numbers made by tools/make-model-fixture, tools/make-trajectory-fixture and tools/make-meta-fixture.
enum Fixtures {
    struct Models: Decodable {
        struct Model: Decodable {
            let fields: [String: [Double]]
            let names: [String: [String]]
        }
        /// Why fields were left out, and which; `*` ends a prefix.
        let excluded: [String: [String]]
        let models: [String: Model]
    }

    struct Trajectories: Decodable {
        struct Row: Decodable {
            let observation: [Double]
            let reward: Double
            let terminated: Bool
        }
        struct Task: Decodable {
            let goal: [String: Double]?
            let qpos: [Double]
            let qvel: [Double]
            let start: [Double]
            let actions: [[Double]]
            let steps: [Row]

            var taskGoal: TaskGoal? {
                if let sign = goal?["direction"] { return .direction(sign) }
                if let speed = goal?["velocity"] { return .velocity(speed) }
                return nil
            }
        }
        let tasks: [String: Task]
    }

    /// Episodes of the meta tasks, one for all goals of a body.
    struct MetaEpisodes: Decodable {
        /// A step's observation, and at some steps what decides how the simulation goes on.
        struct State: Decodable {
            let step: Int
            let observation: [Double]
            let qpos: [Double]?
            let qvel: [Double]?
            let qacc_warmstart: [Double]?
            let torso: [Double]?
        }
        /// One reward a step, for one task and goal.
        struct Rewards: Decodable {
            let task: String
            let direction: Double?
            let velocity: Double?
            let values: [Double]

            var goal: TaskGoal? { direction.map(TaskGoal.direction) ?? velocity.map(TaskGoal.velocity) }
        }
        struct Episode: Decodable {
            let name: String
            let body: String
            let start_qpos: [Double]
            let start_qvel: [Double]
            let states: [State]
            let steps: Int
            /// Whether the task's rule ended it after `steps`; if not, it was cut.
            let ended: Bool
            let actions: [[Double]]
            let rewards: [Rewards]
        }
        let horizon: Int
        let episodes: [Episode]
    }

    static func models() throws -> Models { try decode("models") }
    static func trajectories() throws -> Trajectories { try decode("trajectories") }
    static func metaEpisodes() throws -> MetaEpisodes { try decode("meta") }

    struct Missing: Error {
        let name: String
    }

    private static func decode<Value: Decodable>(_ name: String) throws -> Value {
        guard let url = Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures") else {
            throw Missing(name: name)
        }
        return try JSONDecoder().decode(Value.self, from: Data(contentsOf: url))
    }
}
