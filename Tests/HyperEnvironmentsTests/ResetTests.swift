import HyperRandom
import Testing

@testable import HyperEnvironments

/// Episodes begin near the model's resting state, by the noise each task names, from numbers of their own.
@Suite struct ResetTests {
    /// Noise of many resets: qpos and qvel minus the resting state.
    private func noise(_ id: String, resets: Int) throws -> (positions: [Double], velocities: [Double]) {
        let environment = try MuJoCoEnvironment(id, seed: 11)
        let rest = environment.restingState().qpos
        // MuJoCo normalises the ant's orientation (a quaternion in qpos[3...6]) after the noise has been added.
        let isNormalised = Array(3..<7)
        var (positions, velocities): ([Double], [Double]) = ([], [])
        for _ in 0..<resets {
            environment.reset()
            for (index, (value, resting)) in zip(environment.qpos, rest).enumerated()
            where !(id.hasPrefix("Ant") && isNormalised.contains(index)) {
                positions.append(value - resting)
            }
            velocities += environment.qvel
        }
        return (positions, velocities)
    }

    @Test(arguments: ["Hopper-v2", "Walker2d-v2"])
    func walkersStartWithUniformNoise(_ id: String) throws {
        let noise = try noise(id, resets: 400)
        for values in [noise.positions, noise.velocities] {
            #expect(values.allSatisfy { abs($0) <= 0.005 + 1e-15 })
            // A uniform distribution on (-s, s) has variance s²/3; with 2400 and more values the estimate is within 5 %.
            #expect(abs(variance(values) / (0.005 * 0.005 / 3) - 1) < 0.1)
            #expect(abs(mean(values)) < 3e-4)
        }
    }

    @Test(arguments: ["HalfCheetah-v2", "Ant-v2", "HalfCheetah-Vel", "Ant-Fwd-Back"])
    func othersStartWithUniformPositionsAndNormalVelocities(_ id: String) throws {
        let noise = try noise(id, resets: 400)
        #expect(noise.positions.allSatisfy { abs($0) <= 0.1 + 1e-15 })
        #expect(abs(variance(noise.positions) / (0.1 * 0.1 / 3) - 1) < 0.1)
        #expect(abs(variance(noise.velocities) / (0.1 * 0.1) - 1) < 0.1)
        #expect(noise.velocities.contains { abs($0) > 0.2 }, "normal numbers reach beyond two standard deviations")
        #expect(abs(mean(noise.positions)) < 6e-3 && abs(mean(noise.velocities)) < 6e-3)
    }

    @Test func coordinatesAreDrawnIndependently() throws {
        // The hopper's positions and velocities are both uniform, so a number used twice shows.
        let environment = try MuJoCoEnvironment("Hopper-v2", seed: 3)
        let values = zip(environment.qpos, environment.restingState().qpos).map { $0 - $1 } + environment.qvel
        #expect(Set(values).count == values.count)
    }

    @Test func startsDifferBySeedLaneEpisodeAndStreamOnly() throws {
        let spec = try EnvironmentSpec.named("HalfCheetah-v2")
        let base = try MuJoCoEnvironment(spec, seed: 1)
        #expect(try MuJoCoEnvironment(spec, seed: 1).observation == base.observation)
        #expect(try MuJoCoEnvironment(spec, seed: 2).observation != base.observation)
        #expect(try MuJoCoEnvironment(spec, seed: 1, lane: 1).observation != base.observation)
        #expect(try MuJoCoEnvironment(spec, seed: 1, stream: .evaluation).observation != base.observation)
        let start = base.observation
        base.reset()
        #expect(base.episodeIndex == 1)
        #expect(base.observation != start)
        base.reset(toEpisode: 0)
        #expect(base.observation == start)
    }

    /// Each lane has 256 numbers of an episode: a seed's environments begin alike in every version.
    @Test(arguments: [0, 1, 5] as [UInt32]) func lanesDrawNumbersOfTheirOwn(_ lane: UInt32) throws {
        let environment = try MuJoCoEnvironment(EnvironmentSpec.named("HalfCheetah-v2"), seed: 7, lane: lane)
        let stream = RandomStream(seed: 7, stream: .environment)
        for episode in [0, 3] {
            environment.reset(toEpisode: episode)
            let (step, first) = (UInt64(episode), 256 * lane)
            // It rests with all positions at 0.
            let positions = (0..<9).map { 0.1 * (2 * Double(stream.uniform(step: step, lane: first + $0)) - 1) }
            let velocities = (9..<18).map { 0.1 * Double(stream.normal(step: step, lane: first + $0)) }
            #expect(environment.qpos == positions && environment.qvel == velocities)
        }
    }

    @Test func whatHappenedBeforeAResetDoesNotMatter() throws {
        let used = try MuJoCoEnvironment("Ant-v2", seed: 4)
        let fresh = try MuJoCoEnvironment("Ant-v2", seed: 4)
        _ = used.rollout(30)
        used.reset(toEpisode: 5)
        fresh.reset(toEpisode: 5)
        #expect(used.snapshot() == fresh.snapshot())
        #expect(used.rollout(20).observations == fresh.rollout(20).observations)
    }

    @Test func whatHappenedBeforeAStateWasSetDoesNotMatter() throws {
        let used = try MuJoCoEnvironment("Ant-v2", seed: 4)
        let fresh = try MuJoCoEnvironment("Ant-v2", seed: 4)
        _ = used.rollout(30)
        let (qpos, qvel) = (used.qpos, used.qvel)
        for environment in [used, fresh] { try environment.setState(qpos: qpos, qvel: qvel) }
        #expect(used.snapshot() == fresh.snapshot())
        #expect(used.rollout(20).observations == fresh.rollout(20).observations)
    }

    @Test func antStartsWithoutContactForces() throws {
        let environment = try MuJoCoEnvironment("Ant-v2")
        var steps = 0
        while !environment.observation.suffix(84).contains(where: { $0 != 0 }) && steps < 200 {
            _ = environment.step(wavyAction(steps, size: 8))
            steps += 1
        }
        #expect(steps < 200, "the ant must touch the floor once for its forces to be cleared")
        environment.reset()
        #expect(environment.observation.suffix(84).allSatisfy { $0 == 0 })
    }

    private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

    private func variance(_ values: [Double]) -> Double {
        let center = mean(values)
        return values.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(values.count)
    }
}
