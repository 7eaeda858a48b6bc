import Testing

@testable import HyperEnvironments

/// The tasks' rules on states on both sides of every limit.
@Suite struct TerminationTests {
    /// A limit: a task, a coordinate of qpos or qvel, a value just inside and one just outside.
    struct Limit: Sendable, CustomTestStringConvertible {
        let id: String
        var position: Int? = nil
        var velocity: Int? = nil
        let inside: Double
        let outside: Double
        var testDescription: String {
            "\(id) \(position.map { "qpos[\($0)]" } ?? "qvel[\(velocity ?? -1)]") \(outside)"
        }
    }

    static let limits: [Limit] = [
        Limit(id: "Hopper-v2", position: 1, inside: 0.7001, outside: 0.7),
        Limit(id: "Hopper-v2", position: 2, inside: 0.1999, outside: 0.2),
        Limit(id: "Hopper-v2", position: 2, inside: -0.1999, outside: -0.2),
        Limit(id: "Hopper-v2", position: 4, inside: 99.9, outside: 100),
        Limit(id: "Hopper-v2", velocity: 0, inside: 99.9, outside: 100),
        Limit(id: "Hopper-v2", velocity: 5, inside: -99.9, outside: -100),
        Limit(id: "Hopper-v2", velocity: 3, inside: 0, outside: .nan),
        Limit(id: "Walker2d-v2", position: 1, inside: 0.8001, outside: 0.8),
        Limit(id: "Walker2d-v2", position: 1, inside: 1.9999, outside: 2),
        Limit(id: "Walker2d-v2", position: 2, inside: 0.9999, outside: 1),
        Limit(id: "Walker2d-v2", position: 2, inside: -0.9999, outside: -1),
        Limit(id: "Ant-v2", position: 2, inside: 0.2, outside: 0.1999),
        Limit(id: "Ant-v2", position: 2, inside: 1, outside: 1.0001),
        Limit(id: "Ant-v2", velocity: 7, inside: 0, outside: .infinity),
        Limit(id: "AntNoControlCost-v2", position: 2, inside: 0.2, outside: 0.1999),
        Limit(id: "Ant-Fwd-Back", position: 2, inside: 0.2, outside: 0.1999),
        Limit(id: "Ant-Vel", position: 2, inside: 1, outside: 1.0001),
    ]

    @Test(arguments: limits)
    func stateEndsExactlyAtTheLimit(_ limit: Limit) throws {
        let environment = try MuJoCoEnvironment(limit.id)
        for (value, isTerminal) in [(limit.inside, false), (limit.outside, true)] {
            // Written past setState: a forward pass would refuse the state that is not finite.
            let state = environment.restingState()
            _ = environment.state.positions.update(fromContentsOf: state.qpos)
            _ = environment.state.velocities.update(fromContentsOf: state.qvel)
            if let index = limit.position { environment.state.positions[index] = value }
            if let index = limit.velocity { environment.state.velocities[index] = value }
            #expect(environment.isTerminal == isTerminal, "\(value)")
        }
    }

    @Test func hopperIgnoresWhereItIs() throws {
        let environment = try MuJoCoEnvironment("Hopper-v2")
        environment.state.positions[0] = 1000
        #expect(!environment.isTerminal)
    }

    @Test(arguments: EnvironmentSpec.all.map(\.id).filter { $0.hasPrefix("HalfCheetah") })
    func cheetahNeverEnds(_ id: String) throws {
        let environment = try MuJoCoEnvironment(id)
        let state = environment.restingState([1: -0.5, 2: 3.1])
        try environment.setState(qpos: state.qpos, qvel: state.qvel)
        #expect(environment.rollout(30).results.allSatisfy { !$0.terminated })
    }

    @Test func fallingTerminatesThroughStepAndSteppingGoesOn() throws {
        let environment = try MuJoCoEnvironment("Hopper-v2")
        let state = environment.restingState([2: 0.19], velocities: [2: 5])
        try environment.setState(qpos: state.qpos, qvel: state.qvel)
        let first = environment.step([0, 0, 0])
        #expect(first.terminated && !first.truncated && first.isOver)
        let second = environment.step([0, 0, 0])
        #expect(second.terminated && second.reward != 0)
    }

    @Test(arguments: [("HalfCheetah-v2", 1000), ("HalfCheetah-Vel", 200)])
    func timeLimitTruncatesAtItsStep(_ id: String, _ limit: Int) throws {
        let environment = try MuJoCoEnvironment(id)
        let zero = Array(repeating: 0.0, count: environment.spec.actionSize)
        for step in 1...limit {
            let result = environment.step(zero)
            #expect(result.truncated == (step == limit))
            #expect(!result.terminated)
        }
        environment.reset()
        #expect(!environment.step(zero).truncated)
    }
}
