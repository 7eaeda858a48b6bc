// The tasks. Numbers: Gymnasium 0.29.1's -v2 definitions (OpenAI Gym's) for the single tasks, the meta tasks of the PEARL and
// MAML studies with the paper's constants for the others; docs/environments.md has the table.
extension TaskDefinition {
    static let all: [TaskDefinition] = [
        hopper, walker2d, halfCheetah, ant(id: "Ant-v2", controlCost: 0.5),
        ant(id: "AntNoControlCost-v2", controlCost: 0),
        metaCheetah(id: "HalfCheetah-Fwd-Back", progress: .goalDirection, goals: .direction),
        metaCheetah(id: "HalfCheetah-Vel", progress: .goalVelocity, goals: .velocity(train: 0...3, test: 0...3)),
        metaCheetah(
            id: "HalfCheetah-Vel-Medium", progress: .goalVelocity, goals: .velocity(train: 0...2.5, test: 2.5...3)),
        // The velocity task pays 1 − |v − goal| and both pay 0.05 for being alive.
        metaAnt(id: "Ant-Fwd-Back", progress: .goalDirection, bonus: 0.05, goals: .direction),
        metaAnt(id: "Ant-Vel", progress: .goalVelocity, bonus: 1.05, goals: .velocity(train: 0...3, test: 0...3)),
    ]

    private static let hopper = TaskDefinition(
        id: "Hopper-v2", summary: "Hop forward on one leg without falling.", robot: .hopper, frameSkip: 4,
        timeLimit: 1000,
        clipsActions: false, observation: Observation(skippedPositions: 1, velocityLimit: 10, extra: .none),
        reward: Reward(tracked: .rootCoordinate, progress: .speed, bonus: 1, controlCost: 1e-3, contactCost: 0),
        ending: .hopper, resetNoise: .uniform(scale: 0.005), goalKind: .none)

    private static let walker2d = TaskDefinition(
        id: "Walker2d-v2", summary: "Walk forward on two legs without falling.", robot: .walker2d, frameSkip: 4,
        timeLimit: 1000,
        clipsActions: false, observation: Observation(skippedPositions: 1, velocityLimit: 10, extra: .none),
        reward: Reward(tracked: .rootCoordinate, progress: .speed, bonus: 1, controlCost: 1e-3, contactCost: 0),
        ending: .walker, resetNoise: .uniform(scale: 0.005), goalKind: .none)

    private static let halfCheetah = TaskDefinition(
        id: "HalfCheetah-v2", summary: "Run forward as fast as possible.", robot: .halfCheetah, frameSkip: 5,
        timeLimit: 1000,
        clipsActions: false, observation: Observation(skippedPositions: 1, velocityLimit: nil, extra: .none),
        reward: Reward(tracked: .rootCoordinate, progress: .speed, bonus: 0, controlCost: 0.1, contactCost: 0),
        ending: .never, resetNoise: .uniformAndNormal(scale: 0.1), goalKind: .none)

    private static func ant(id: String, controlCost: Double) -> TaskDefinition {
        let cost = controlCost == 0 ? "without control cost" : "with Gym's control cost"
        return TaskDefinition(
            id: id, summary: "Walk forward on four legs, \(cost).", robot: .ant, frameSkip: 5, timeLimit: 1000,
            clipsActions: false,
            observation: Observation(skippedPositions: 2, velocityLimit: nil, extra: .contactForces),
            reward: Reward(tracked: .torso, progress: .speed, bonus: 1, controlCost: controlCost, contactCost: 5e-4),
            ending: .ant, resetNoise: .uniformAndNormal(scale: 0.1), goalKind: .none)
    }

    private static func metaCheetah(id: String, progress: Progress, goals: GoalKind) -> TaskDefinition {
        TaskDefinition(
            id: id, summary: "Half cheetah, \(goals).", robot: .halfCheetah, frameSkip: 5, timeLimit: 200,
            clipsActions: true,
            observation: Observation(skippedPositions: 1, velocityLimit: nil, extra: .torsoPosition),
            reward: Reward(tracked: .rootCoordinate, progress: progress, bonus: 0, controlCost: 0.05, contactCost: 0),
            ending: .never, resetNoise: .uniformAndNormal(scale: 0.1), goalKind: goals)
    }

    private static func metaAnt(id: String, progress: Progress, bonus: Double, goals: GoalKind) -> TaskDefinition {
        TaskDefinition(
            id: id, summary: "Ant, \(goals).", robot: .ant, frameSkip: 5, timeLimit: 200,
            clipsActions: true, observation: Observation(skippedPositions: 2, velocityLimit: nil, extra: .none),
            reward: Reward(tracked: .torso, progress: progress, bonus: bonus, controlCost: 0.005, contactCost: 5e-4),
            ending: .ant, resetNoise: .uniformAndNormal(scale: 0.1), goalKind: goals)
    }
}
