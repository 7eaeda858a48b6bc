import HyperCPU
import HyperEnvironments
import HyperModels
import HyperTestSupport
import Testing

@testable import HyperAgents

/// What training leaves in the replay, row by row, beside what each environment saw.
@Suite struct StoredTransitionTests {
    /// Falls are terminal and lead to the fallen state, in random steps as in those of the policy.
    @Test(arguments: TestedAlgorithm.all) func fallsAreTerminalAndKeepTheirLastState(_ algorithm: TestedAlgorithm)
        throws
    {
        let run = try RecordedRun("Hopper-v2", algorithm: algorithm, seeds: [3, 8], randomSteps: 120, steps: 220)
        for seed in run.seeds.indices {
            let (rows, steps) = (try run.storedRows(seed), run.environments[seed].steps)
            #expect(rows == run.environments[seed].rows)
            try #require(rows.count == 220)
            let falls = steps.indices.filter { steps[$0].result.terminated }
            #expect(falls.count >= 3 && falls.contains { $0 >= 120 }, "a random hopper falls within 60 steps")
            #expect(run.continuations(rows) == rows.indices.map { falls.contains($0) ? 0 : 1 })
            for fall in falls where fall + 1 < rows.count {
                // Height and angle beyond the limits of the task; then the start of the next episode, which has neither.
                let next = run.nextState(rows[fall])
                #expect(next[0] <= 0.7 || abs(next[1]) >= 0.2)
                let start = try run.start(of: steps[fall].episode + 1, seed: seed)
                #expect(run.state(rows[fall + 1]) == start && next != start)
            }
        }
        #expect(run.environments[0].rows[0] != run.environments[1].rows[0])
        #expect(run.loop.drops.isEmpty)
    }

    /// A time limit is no ending: the value of the last state is worth something.
    @Test func timeLimitsAreNotTerminal() throws {
        let run = try RecordedRun("HalfCheetah-v2", seeds: [0, 1], randomSteps: 1020, steps: 1020)
        for seed in run.seeds.indices {
            let (rows, steps) = (try run.storedRows(seed), run.environments[seed].steps)
            #expect(rows == run.environments[seed].rows)
            #expect(steps.indices.filter { steps[$0].result.isOver } == [999])
            try #require(rows.count == 1020)
            #expect(steps[999].result.truncated && !steps[999].result.terminated)
            #expect(run.continuations(rows) == [Float](repeating: 1, count: 1020))
            let start = try run.start(of: 1, seed: seed)
            #expect(run.state(rows[1000]) == start && run.nextState(rows[999]) != start)
        }
        #expect(run.loop.finished == ["0: 1000 steps at 1000", "1: 1000 steps at 1000"])
    }

    /// All kinds of endings, of two seeds at different steps and at the same one, with rows that can be read.
    @Test func everyKindOfEndingIsStoredAsWhatItIs() throws {
        let scripts: [[ScriptedTask.Ending?]] = [
            [nil, .terminal, nil, nil, .timeLimit, .diverged, nil, .both, nil, nil],
            [nil, nil, nil, .timeLimit, .terminal, nil, nil, .diverged, .diverged, nil],
        ]
        let run = try RecordedRun(
            scripts.enumerated().map { ScriptedTask($1, seed: $0) }, seeds: [0, 1], randomSteps: 100, steps: 10)
        // State 100 · seed + 10 · episode + steps in it; a row is state, action, reward, next state, continuation.
        let expected: [[(state: Float, nextState: Float, continuation: Float)]] = [
            [
                (0, 1, 1), (1, 2, 0), (10, 11, 1), (11, 12, 1), (12, 13, 1), (30, 31, 1), (31, 32, 0), (40, 41, 1),
                (41, 42, 1),
            ],
            [
                (100, 101, 1), (101, 102, 1), (102, 103, 1), (103, 104, 1), (110, 111, 0), (120, 121, 1), (121, 122, 1),
                (140, 141, 1),
            ],
        ]
        for seed in 0..<2 {
            let rows = try run.storedRows(seed)
            #expect(rows.map { $0[0] } == expected[seed].map(\.state))
            #expect(rows.map { $0[3] } == expected[seed].map(\.nextState))
            #expect(rows.map { $0[4] } == expected[seed].map(\.continuation))
            #expect(rows.map { $0[2] } == rows.map { $0[0] * $0[1] }, "the reward is state times action")
            #expect(rows == run.environments[seed].rows)
        }
        #expect(run.loop.drops == ["0: BADCTRL at 6", "1: BADCTRL at 8", "1: BADCTRL at 9"])
    }

    /// Among more seeds than an action has numbers.
    @Test func everySeedStoresItsOwnTransitions() throws {
        let run = try RecordedRun(
            "Hopper-v2", seeds: [3, 8, 1, 0, 9], randomSteps: 40, steps: 60,
            breakingAt: [Set<Int>](repeating: [], count: 5))
        for seed in run.seeds.indices { #expect(try run.storedRows(seed) == run.environments[seed].rows) }
        #expect(Set(run.environments.map { $0.rows[0] }).count == 5)
    }

    /// What stands in for experience where only speed is measured; every fiftieth transition is terminal.
    @Test func madeUpTransitionsAreStored() throws {
        let agent = try SmallRun(seeds: [3, 8], steps: 1).train()
        try agent.fillReplay(transitions: 52)
        #expect(agent.replay.stored == [53, 53])
        let width = agent.replay.layout.width
        let rows = try (0..<2).map { seed in
            var values = [Float](repeating: .nan, count: 52 * width)
            try values.withUnsafeMutableBytes { try agent.replay.readRows(1..<53, of: seed, into: $0) }
            return values
        }
        for values in rows {
            #expect(values.allSatisfy(\.isFinite) && Set(values).count > 52 * (width - 2))
            #expect((0..<52).filter { values[($0 + 1) * width - 1] == 0 } == [49])
        }
        #expect(rows[0] != rows[1])
    }

    /// A simulation that breaks down leaves no transition, begins a new episode and moves nothing of the other seed.
    @Test(arguments: TestedAlgorithm.all) func divergedStepsLeaveNoTransition(_ algorithm: TestedAlgorithm) throws {
        func train(breaking: [Set<Int>]) throws -> RecordedRun {
            try RecordedRun(
                "Hopper-v2", algorithm: algorithm, seeds: [3, 8], randomSteps: 60, steps: 60, breakingAt: breaking)
        }
        let (healthy, broken) = (try train(breaking: [[], []]), try train(breaking: [[5, 6], []]))
        #expect(broken.loop.drops == ["0: BADQVEL at 6", "0: BADQVEL at 7"])
        #expect(broken.loop.finished.prefix(2) == ["0: 6 steps at 6", "0: 1 steps at 7"])
        #expect(broken.agent.replay.stored == [58, 60])
        let rows = try broken.storedRows(0)
        #expect(rows == broken.environments[0].rows)
        try #require(rows.count == 58)
        #expect(try rows.prefix(5) == healthy.storedRows(0).prefix(5))
        // The sixth row begins in the episode after the two that broke.
        #expect(try broken.state(rows[5]) == broken.start(of: 2, seed: 0))
        #expect(broken.environments[0].steps[7].episode == 2)
        #expect(rows.allSatisfy { $0.allSatisfy(\.isFinite) })
        #expect(try broken.storedRows(1) == healthy.storedRows(1))
    }
}

/// A training run on recorded environments, without evaluations; it ends before it is looked at.
private struct RecordedRun {
    let seeds: [UInt32]
    let environments: [RecordingEnvironment]
    let agent: any ActorCriticAgent
    let loop: TrainingLoop
    private let spec: EnvironmentSpec

    init(
        _ environment: String, algorithm: TestedAlgorithm = TestedAlgorithm.all[0], seeds: [UInt32], randomSteps: Int,
        steps: Int, breakingAt: [Set<Int>] = [[], []]
    ) throws {
        let spec = try EnvironmentSpec.named(environment)
        try self.init(
            seeds.map { try MuJoCoEnvironment(spec, seed: $0) }, algorithm: algorithm, seeds: seeds,
            randomSteps: randomSteps, steps: steps, breakingAt: breakingAt)
    }

    init(
        _ inner: [any Environment], algorithm: TestedAlgorithm = TestedAlgorithm.all[0], seeds: [UInt32],
        randomSteps: Int, steps: Int, breakingAt: [Set<Int>] = [[], []]
    ) throws {
        self.seeds = seeds
        spec = inner[0].spec
        environments = zip(inner, breakingAt).map { RecordingEnvironment($0, breakingAt: $1) }
        let backend = try CPUBackend(threads: 2)
        var configuration = try SmallRun(algorithm: algorithm, environment: "Hopper-v2").configuration()
        configuration.beginUpdates(afterRandomSteps: randomSteps)
        try configuration.set("replay-capacity", to: "\(steps)")
        agent = try configuration.makeAgent(
            stateSize: spec.observationSize, actionSize: spec.actionSize, actionLimit: 1, seeds: seeds,
            backend: backend)
        loop = try TrainingLoop(agent, VectorEnvironment(environments, pool: backend.pool), steps: steps).run()
    }

    /// All rows of a seed by its position, oldest first.
    func storedRows(_ seed: Int) throws -> [[Float]] {
        let (count, width) = (agent.replay.stored[seed], agent.replay.layout.width)
        var values = [Float](repeating: .nan, count: count * width)
        try values.withUnsafeMutableBytes { try agent.replay.readRows(0..<count, of: seed, into: $0) }
        return (0..<count).map { Array(values[$0 * width..<($0 + 1) * width]) }
    }

    func state(_ row: [Float]) -> [Float] { Array(row[..<spec.observationSize]) }
    func nextState(_ row: [Float]) -> [Float] { Array(row.dropLast().suffix(spec.observationSize)) }
    func continuations(_ rows: [[Float]]) -> [Float] { rows.map { $0[$0.count - 1] } }

    /// What an environment of its own shows at the start of an episode.
    func start(of episode: Int, seed: Int) throws -> [Float] {
        let environment = RecordingEnvironment(try MuJoCoEnvironment(spec, seed: seeds[seed]))
        environment.reset(toEpisode: episode)
        return environment.observation
    }
}

/// An environment whose every step is written down: state 100 · seed + 10 · episode + steps in it, reward state · action.
private final class ScriptedTask: Environment {
    /// What ends an episode.
    enum Ending {
        case terminal, timeLimit, both, diverged
    }

    let spec = EnvironmentSpec(
        id: "Scripted", summary: "Every step is written down.", observationSize: 1, actionSize: 1, timeLimit: 1000,
        controlTimestep: 1)
    private(set) var episodeIndex = 0
    private(set) var episodeStep = 0
    private(set) var episodeReturn = 0.0
    private var script: ArraySlice<Ending?>
    private let seed: Int

    /// - Parameter script: How each step ends, over all episodes; nil for one that does not.
    init(_ script: [Ending?], seed: Int) {
        self.script = script[...]
        self.seed = seed
    }

    private var state: Double { Double(100 * seed + 10 * episodeIndex + episodeStep) }

    func reset(toEpisode index: Int) { (episodeIndex, episodeStep, episodeReturn) = (index, 0, 0) }

    func step(_ action: UnsafeBufferPointer<Float>) -> StepResult {
        let ending = script.removeFirst()
        if case .diverged = ending {
            return StepResult(reward: 0, terminated: false, truncated: true, divergence: .badControl)
        }
        let reward = Double(Float(state) * action[0])
        episodeStep += 1
        episodeReturn += reward
        return switch ending {
        case nil, .diverged: StepResult(reward: reward, terminated: false, truncated: false)
        case .terminal: StepResult(reward: reward, terminated: true, truncated: false)
        case .timeLimit: StepResult(reward: reward, terminated: false, truncated: true)
        case .both: StepResult(reward: reward, terminated: true, truncated: true)
        }
    }

    func copyObservation(to target: UnsafeMutableBufferPointer<Float>) { target[0] = Float(state) }

    func snapshot() -> EnvironmentSnapshot { preconditionFailure("a script has no state to save") }
    func restore(_ snapshot: EnvironmentSnapshot) throws(EnvironmentError) {}
}
