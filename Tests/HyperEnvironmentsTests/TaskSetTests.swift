import HyperEnvironments
import Testing

@Suite struct TaskSetTests {
    @Test func goalsAreReadAsTheyAreWritten() throws {
        for spec in EnvironmentSpec.all {
            guard let example = spec.goalKind.example else {
                #expect(spec.goalKind == .none && spec.goal == .none && spec.goalKind.goal("1") == nil)
                continue
            }
            let goal = try #require(spec.goalKind.goal(example))
            #expect(goal.text == example && spec.goalKind.accepts(goal))
            #expect(spec.goalKind.goal(spec.goal.text) == spec.goal)
            for text in ["", "sideways", "nan", "inf", "none"] { #expect(spec.goalKind.goal(text) == nil, "\(text)") }
        }
        #expect(
            GoalKind.direction.goal("backward") == .direction(-1) && GoalKind.direction.goal("-1") == .direction(-1))
        #expect(GoalKind.direction.goal("0.5") == nil)
    }

    /// Environments made from a specification pursue its goal.
    @Test func aSpecificationHandsItsGoalOn() throws {
        let spec = try EnvironmentSpec.named("HalfCheetah-Vel").asking(for: .velocity(0.25))
        #expect(try MuJoCoEnvironment(spec, seed: 3).goal == .velocity(0.25))
        #expect(try MuJoCoEnvironment(spec, seed: 3, goal: .velocity(2)).goal == .velocity(2))
        #expect(throws: EnvironmentError.self) { try spec.asking(for: .direction(1)) }
    }

    /// A function of the seed alone: the first tasks stay when more are drawn, and seeds differ.
    @Test func speedsAreDrawnFromTheirRanges() throws {
        for id in ["HalfCheetah-Vel", "HalfCheetah-Vel-Medium", "Ant-Vel"] {
            let kind = try EnvironmentSpec.named(id).goalKind
            guard case .velocity(let training, let test) = kind else {
                Issue.record("\(id) has no speeds")
                continue
            }
            let set = TaskSet(kind, seed: 3)
            #expect(set.training.count == 100 && set.test.count == 30)
            func speeds(_ goals: [TaskGoal]) -> [Double] {
                goals.compactMap { if case .velocity(let speed) = $0 { speed } else { nil } }
            }
            for (goals, range) in [(set.training, training), (set.test, test)] {
                let found = speeds(goals)
                #expect(found.count == goals.count && found.allSatisfy(range.contains))
                #expect(Set(found).count == found.count)
                let mean = found.reduce(0, +) / Double(found.count)
                let middle = (range.lowerBound + range.upperBound) / 2
                // Five deviations of the mean of a uniform distribution.
                let width = range.upperBound - range.lowerBound
                #expect(abs(mean - middle) < 5 * width / (12 * Double(found.count)).squareRoot())
            }
            #expect(Set(set.training).isDisjoint(with: set.test))
            let larger = TaskSet(kind, seed: 3, trainingCount: 130, testCount: 31)
            #expect(Array(larger.training.prefix(100)) == set.training && Array(larger.test.prefix(30)) == set.test)
            #expect(TaskSet(kind, seed: 4).training != set.training)
        }
    }

    @Test func directionsAreTwo() {
        let set = TaskSet(.direction, seed: 8)
        #expect(set.training == [.direction(1), .direction(-1)] && set.test == set.training)
        #expect(TaskSet(.none, seed: 8).training == [.none])
    }
}
