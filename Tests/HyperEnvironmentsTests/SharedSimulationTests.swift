import HyperParallel
import Testing

@testable import HyperEnvironments

/// Environments that share simulations do what each would do with one of its own, bit for bit.
@Suite struct SharedSimulationTests {
    static let ids = EnvironmentSpec.all.map(\.id)

    /// What `LoneLane` and an environment must have in common after every step.
    private struct Trace: Equatable {
        var qpos: [Double]
        var qvel: [Double]
        var warmstart: [Double]
        var forces: [Double]
        var time: Double
        var torso: [Double]
        var divergence: Divergence?
    }

    /// A simulation that nobody shares, moved by MuJoCo's own reset and steps.
    private final class LoneLane {
        let task: TaskDefinition
        let simulation: Simulation
        var torso: [Double] = []
        var divergence: Divergence?

        init(_ spec: EnvironmentSpec) throws {
            task = try #require(spec.task)
            simulation = try Simulation(task.robot.compiled())
        }

        func start(_ qpos: [Double], _ qvel: [Double]) throws {
            simulation.reset()
            _ = simulation.positions.update(fromContentsOf: qpos)
            _ = simulation.velocities.update(fromContentsOf: qvel)
            divergence = simulation.forward()
            try readTorso()
        }

        func step(_ action: [Double]) throws {
            guard divergence == nil else { return }
            for (index, value) in action.enumerated() {
                simulation.controls[index] = task.clipsActions ? value.clipped(to: 1) : value
            }
            divergence = simulation.advance(steps: task.frameSkip, computingForces: task.needsContactForces)
            if divergence == nil { try readTorso() }
        }

        private func readTorso() throws {
            let body = try simulation.model.bodyIndex("torso")
            torso = Array(simulation.bodyPositions[3 * body..<3 * body + 3])
        }

        var trace: Trace {
            Trace(
                qpos: Array(simulation.positions), qvel: Array(simulation.velocities),
                warmstart: Array(simulation.accelerationWarmstart), forces: Array(simulation.contactForces),
                time: simulation.time.pointee, torso: torso, divergence: divergence)
        }
    }

    private func trace(_ environment: MuJoCoEnvironment) -> Trace {
        Trace(
            qpos: environment.qpos, qvel: environment.qvel, warmstart: Array(environment.state.accelerationWarmstart),
            forces: Array(environment.state.contactForces), time: environment.state.time,
            torso: (0..<3).map { environment.torsoPosition[$0] }, divergence: environment.divergence)
    }

    private func pool(_ id: String) throws -> SimulationPool {
        try SimulationPool(#require(EnvironmentSpec.named(id).task).robot.compiled())
    }

    private func environments(_ id: String, _ count: Int, on simulations: SimulationPool) throws -> [MuJoCoEnvironment]
    {
        let spec = try EnvironmentSpec.named(id)
        let task = try #require(spec.task)
        return try (0..<count).map {
            try MuJoCoEnvironment(
                spec, task, seed: 4, lane: UInt32($0), stream: .environment, goal: nil, simulations: simulations)
        }
    }

    /// Starts both in the model's resting state with given velocities.
    private func start(_ environment: MuJoCoEnvironment, _ lone: LoneLane, velocities: [Int: Double]) throws {
        let state = environment.restingState(velocities: velocities)
        try environment.setState(qpos: state.qpos, qvel: state.qvel)
        try lone.start(state.qpos, state.qvel)
    }

    /// An order of the lanes that differs from step to step.
    private func order(_ count: Int, step: Int) -> [Int] {
        (0..<count).map { ($0 * 5 + step * 3) % count }
    }

    @Test(arguments: ids)
    func lanesOnOneSimulationAreThoseWithOneEach(_ id: String) throws {
        let simulations = try pool(id)
        let shared = try environments(id, 6, on: simulations)
        let lone = try shared.map { try LoneLane($0.spec) }
        // Two lanes go astray now and then, each in its own way, and begin anew later; the others must not notice.
        let absurd: [Int: [Int: Double]] = [1: [0: 1e11], 3: [3: 9e9, 4: 9e9, 5: 9e9]]
        var seen: Set<String> = []
        for step in 0..<60 {
            for index in order(6, step: step) {
                if step == 0 || step % 20 == 19 && shared[index].divergence != nil {
                    try start(shared[index], lone[index], velocities: [0: 0.1 * Double(index), 4: 0.05])
                } else if let velocities = absurd[index], step % 20 == 8 + index {
                    try start(shared[index], lone[index], velocities: velocities)
                }
                let action = wavyAction(step + 7 * index, size: shared[index].spec.actionSize)
                let result = shared[index].step(action)
                try lone[index].step(action)
                #expect(trace(shared[index]) == lone[index].trace, "lane \(index), step \(step)")
                if let divergence = result.divergence { seen.insert("lane \(index) \(divergence)") }
            }
        }
        #expect(seen == ["lane 1 BADQVEL", "lane 3 BADQACC"])
        #expect(simulations.count == 1)
    }

    /// MuJoCo must compute whatever it reads beyond the state that is loaded.
    @Test(arguments: ids, [UInt8(0xFF), 0x40])
    func nothingElseInASimulationIsRead(_ id: String, _ byte: UInt8) throws {
        let simulations = try pool(id)
        let (clean, scrambled) = (
            try environments(id, 1, on: try pool(id))[0], try environments(id, 1, on: simulations)[0]
        )
        for step in 0..<80 {
            let action = wavyAction(step, size: clean.spec.actionSize)
            simulations.borrow { $0.scramble(byte) }
            #expect(clean.step(action) == scrambled.step(action))
            #expect(clean.snapshot() == scrambled.snapshot(), "step \(step)")
            if step % 30 == 29 {
                simulations.borrow { $0.scramble(byte) }
                clean.reset()
                scrambled.reset()
                #expect(clean.snapshot() == scrambled.snapshot(), "the start after step \(step)")
            }
        }
        #expect(simulations.count == 1, "the environment must have got the simulation that was scrambled")
    }

    @Test func anErrorOfTheLibraryEndsWithTheStateThatRaisedIt() throws {
        let model = try boxesOnASmallStack()
        let (shared, lone) = (try Simulation(model), try Simulation(model))
        let (landing, flying) = (SimulationState(model), SimulationState(model))
        flying.velocities[0] = 1
        lone.velocities[0] = 1
        for box in 0..<8 { landing.positions[7 * box + 2] = 0.09 }
        for _ in 0..<3 {
            shared.load(landing)
            #expect(shared.advance(steps: 1, computingForces: true) == .libraryError("Stack overflow"))
            shared.load(flying)
            #expect(shared.advance(steps: 2, computingForces: true) == nil)
            shared.save(to: flying)
            #expect(lone.advance(steps: 2, computingForces: true) == nil)
            #expect(Array(flying.positions) == Array(lone.positions))
            #expect(Array(flying.velocities) == Array(lone.velocities))
            #expect(flying.time == lone.time.pointee)
        }
    }

    /// A simulation's state is all of `SimulationState` only for such models.
    @Test(arguments: RobotModel.allCases)
    func modelsHaveNoOtherState(_ robot: RobotModel) throws {
        let fields = try robot.compiled().fields
        for name in ["na", "nmocap", "nuserdata"] {
            #expect(try #require(fields.first { $0.name == name }).values == [0], "\(name)")
        }
    }

    @Test(arguments: ["HalfCheetah-Vel", "Ant-v2"])
    func threadsShareSafely(_ id: String) throws {
        let simulations = try pool(id)
        let shared = try environments(id, 24, on: simulations)
        let lone = try shared.map { try LoneLane($0.spec) }
        for index in 0..<24 { try start(shared[index], lone[index], velocities: [0: 0.01 * Double(index)]) }
        let vector = VectorEnvironment(shared, pool: WorkerPool(threads: 4))
        for step in 0..<25 {
            let actions = (0..<24).map { wavyAction(step + 5 * $0, size: vector.spec.actionSize).map { Float($0) } }
            actions.flatMap { $0 }.withUnsafeBufferPointer { _ = vector.step($0) }
            for index in 0..<24 {
                try lone[index].step(actions[index].map { Double($0) })
                #expect(trace(shared[index]) == lone[index].trace, "lane \(index), step \(step)")
            }
        }
        #expect((1...4).contains(simulations.count), "\(simulations.count) simulations for 4 threads")
    }
}
