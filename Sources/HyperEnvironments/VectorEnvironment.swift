import HyperParallel
import HyperRandom

/// Several environments of one task, stepped together on a worker pool.
///
/// Each environment has its own state and randomness, so a result depends neither on the number of threads nor on its companions.
/// Nothing resets by itself: after a step, `observations` still holds the last observation of an episode that ended, which is what
/// a replay buffer needs; call `reset(_:)` for it then. Used by one thread at a time.
public final class VectorEnvironment {
    /// The task of every environment.
    public let spec: EnvironmentSpec
    /// The environments, in the order of the rows.
    public let environments: [any Environment]
    /// Current observations, `[count, observationSize]`, row-major. Valid as long as this object lives.
    public let observations: UnsafeMutableBufferPointer<Float>
    /// Environments to step; the others stay as they are and have `StepResult.none`.
    public var isActive: [Bool]

    private let pool: WorkerPool
    private let resultStorage: UnsafeMutableBufferPointer<StepResult>
    /// Those of the step under way.
    private var actions = UnsafeBufferPointer<Float>(start: nil, count: 0)

    /// Number of environments.
    public var count: Int { environments.count }

    /// Groups environments that exist.
    ///
    /// - Precondition: At least one environment, all with the same id, observation size and action size.
    public init(_ environments: [any Environment], pool: WorkerPool) {
        guard let first = environments.first else {
            preconditionFailure("VectorEnvironment: no environments; give at least one")
        }
        for environment in environments {
            precondition(
                environment.spec.id == first.spec.id && environment.spec.observationSize == first.spec.observationSize
                    && environment.spec.actionSize == first.spec.actionSize,
                "VectorEnvironment: \(environment.spec.id) beside \(first.spec.id); group environments of one task only"
            )
        }
        self.environments = environments
        self.pool = pool
        spec = first.spec
        isActive = Array(repeating: true, count: environments.count)
        observations = .allocate(capacity: environments.count * first.spec.observationSize)
        observations.initialize(repeating: 0)
        resultStorage = .allocate(capacity: environments.count)
        resultStorage.initialize(repeating: .none)
        for index in environments.indices { readObservation(index) }
    }

    /// Makes environments `[seed, lane]` of a simulated task: `lanesPerSeed` for each seed, one after the other.
    ///
    /// - Throws: `EnvironmentError`, as from `MuJoCoEnvironment`.
    public convenience init(
        _ spec: EnvironmentSpec, seeds: [UInt32], lanesPerSeed: Int = 1, stream: HyperRandom.Stream = .environment,
        pool: WorkerPool
    ) throws(EnvironmentError) {
        try spec.task?.robot.simulations().reserve(min(pool.threads, seeds.count * lanesPerSeed))
        var environments: [any Environment] = []
        for seed in seeds {
            for lane in 0..<lanesPerSeed {
                environments.append(try MuJoCoEnvironment(spec, seed: seed, lane: UInt32(lane), stream: stream))
            }
        }
        self.init(environments, pool: pool)
    }

    deinit {
        observations.deallocate()
        resultStorage.deinitialize()
        resultStorage.deallocate()
    }

    /// Results of the last step, `[count]`. Valid until the next step.
    public var results: UnsafeBufferPointer<StepResult> { UnsafeBufferPointer(resultStorage) }

    /// The observation of one environment, `[observationSize]`.
    public func observation(of index: Int) -> UnsafeMutableBufferPointer<Float> {
        let size = spec.observationSize
        return UnsafeMutableBufferPointer(rebasing: observations[index * size..<(index + 1) * size])
    }

    /// Steps every active environment.
    ///
    /// - Parameter actions: `[count, actionSize]`, row-major; rows of inactive environments are not read.
    /// - Returns: `results`.
    @discardableResult
    public func step(_ actions: UnsafeBufferPointer<Float>) -> UnsafeBufferPointer<StepResult> {
        let size = spec.actionSize
        precondition(
            actions.count == count * size,
            "VectorEnvironment: \(spec.id): \(actions.count) numbers of action (\(actions.count) ≠ \(count) · \(size)); give \(size) for each of the \(count) environments"
        )
        precondition(
            isActive.count == count,
            "VectorEnvironment: isActive has \(isActive.count) entries (\(isActive.count) ≠ \(count)); keep one for each environment"
        )
        self.actions = actions
        pool.run(units: count, on: self) { object, index in
            unsafeDowncast(object, to: VectorEnvironment.self).stepOne(index)
        }
        return results
    }

    private func stepOne(_ index: Int) {
        guard isActive[index] else {
            resultStorage[index] = .none
            return
        }
        let size = spec.actionSize
        resultStorage[index] = environments[index].step(
            UnsafeBufferPointer(rebasing: actions[index * size..<(index + 1) * size]))
        readObservation(index)
    }

    /// Gives one environment of a task with goals another one, from its next step on.
    ///
    /// - Throws: `EnvironmentError.unfitGoal`.
    public func setGoal(_ goal: TaskGoal, of index: Int) throws(EnvironmentError) {
        try environments[index].setGoal(goal)
    }

    /// Begins the next episode of one environment.
    public func reset(_ index: Int) {
        environments[index].reset()
        readObservation(index)
    }

    /// Begins an episode of one environment.
    public func reset(_ index: Int, toEpisode episode: Int) {
        environments[index].reset(toEpisode: episode)
        readObservation(index)
    }

    /// Begins the same episode of every environment and makes all active.
    public func resetAll(toEpisode episode: Int) {
        for index in environments.indices {
            environments[index].reset(toEpisode: episode)
            readObservation(index)
            isActive[index] = true
        }
    }

    /// Takes one environment back to the state of a snapshot.
    ///
    /// - Throws: `EnvironmentError` if the task differs.
    public func restore(_ snapshot: EnvironmentSnapshot, at index: Int) throws(EnvironmentError) {
        try environments[index].restore(snapshot)
        readObservation(index)
    }

    private func readObservation(_ index: Int) {
        environments[index].copyObservation(to: observation(of: index))
    }
}
