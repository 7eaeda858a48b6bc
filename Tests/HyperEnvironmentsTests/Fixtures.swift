import Foundation
import HyperEnvironments

/// Reference numbers made by tools/make-model-fixture and tools/make-trajectory-fixture.
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

    static func models() throws -> Models { try decode("models") }
    static func trajectories() throws -> Trajectories { try decode("trajectories") }

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
