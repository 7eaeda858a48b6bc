import Glibc
import Synchronization

/// The simulations that all environments of one model share: as many as there were threads stepping at once, not one for each
/// environment. They stay for the rest of the process.
///
/// Which of them an environment gets makes no difference to its results, see `Simulation.load(_:)`.
final class SimulationPool: Sendable {
    let model: CompiledModel

    private struct Idle {
        let simulation: Simulation
        /// Who used it last; nil if nobody did.
        let user: pthread_t?
    }
    private struct State {
        /// Those that nobody uses, the longest idle first.
        var idle: [Idle] = []
        /// All that were made.
        var count = 0
    }
    private let state: Mutex<State>

    /// Makes a pool with one simulation.
    ///
    /// - Throws: `EnvironmentError.library` if memory is short.
    init(_ model: CompiledModel) throws(EnvironmentError) {
        self.model = model
        let first = Idle(simulation: try Simulation(model), user: nil)
        state = Mutex(State(idle: [first], count: 1))
    }

    /// Simulations that were made so far, in use or not.
    var count: Int { state.withLock { $0.count } }

    /// Makes simulations until there are so many, so that steps on that many threads need not make them.
    ///
    /// - Throws: `EnvironmentError.library` if memory is short.
    func reserve(_ threads: Int) throws(EnvironmentError) {
        while count < threads {
            let new = Idle(simulation: try Simulation(model), user: nil)
            state.withLock {
                $0.idle.append(new)
                $0.count += 1
            }
        }
    }

    /// Calls `body` with a simulation that nobody else uses meanwhile, in the state somebody left it in.
    func borrow<Result>(_ body: (Simulation) -> Result) -> Result {
        let user = pthread_self()
        let simulation = take(user)
        defer { state.withLock { $0.idle.append(Idle(simulation: simulation, user: user)) } }
        return body(simulation)
    }

    /// The simulation that the thread used last, whose memory is near its core, or else the one that is idle longest.
    private func take(_ user: pthread_t) -> Simulation {
        while true {
            let idle = state.withLock { state -> Simulation? in
                guard !state.idle.isEmpty else { return nil }
                return state.idle.remove(at: state.idle.firstIndex { $0.user == user } ?? 0).simulation
            }
            if let idle { return idle }
            if let new = try? Simulation(model) {
                state.withLock { $0.count += 1 }
                return new
            }
            // Memory is short, but there is at least one simulation, and whoever has it gives it back after a step.
            sched_yield()
        }
    }
}
