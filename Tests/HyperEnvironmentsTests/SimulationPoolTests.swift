import Foundation
import HyperParallel
import Testing

@testable import HyperEnvironments

/// Who gets which simulation, and what many environments cost.
@Suite struct SimulationPoolTests {
    @Test func nobodyGetsASimulationThatIsInUse() throws {
        let pool = try SimulationPool(RobotModel.hopper.compiled())
        pool.borrow { first in
            pool.borrow { second in
                #expect(first !== second)
                #expect(pool.count == 2)
            }
        }
        #expect(pool.count == 2)
    }

    @Test func aThreadGetsTheSimulationItHadBefore() throws {
        let pool = try SimulationPool(RobotModel.hopper.compiled())
        try pool.reserve(3)
        let mine = pool.borrow { ObjectIdentifier($0) }
        // Now that one is idle longest which the thread has not had.
        for _ in 0..<4 { #expect(pool.borrow { ObjectIdentifier($0) } == mine) }
        #expect(pool.count == 3)
    }

    @Test func reserveMakesOnlyWhatIsMissing() throws {
        let pool = try SimulationPool(RobotModel.hopper.compiled())
        #expect(pool.count == 1)
        try pool.reserve(3)
        try pool.reserve(2)
        #expect(pool.count == 3)
    }

    @Test func nobodyMeetsAnotherThreadInASimulation() throws {
        let pool = try SimulationPool(RobotModel.hopper.compiled())
        let workers = WorkerPool(threads: 4)
        let met = UnsafeMutableBufferPointer<Bool>.allocate(capacity: 4000)
        met.initialize(repeating: false)
        defer { met.deallocate() }
        workers.run(units: 4000) { unit in
            pool.borrow { simulation in
                simulation.controls[0] = Double(unit)
                let divergence = simulation.advance(steps: 1, computingForces: false)
                met[unit] = divergence != nil || simulation.controls[0] != Double(unit)
            }
        }
        #expect(met.allSatisfy { !$0 })
        #expect(pool.count <= 4)
    }

    /// In a process of its own, so that what other tests allocate meanwhile does not count.
    @Test func eightHundredEnvironmentsAreCheap() async {
        await #expect(processExitsWith: .success) {
            for id in ["HalfCheetah-Vel", "Ant-Vel"] {
                let spec = try EnvironmentSpec.named(id)
                let pool = WorkerPool(threads: 2)
                func step(_ vector: VectorEnvironment) {
                    let actions = [Float](repeating: 0.3, count: vector.count * spec.actionSize)
                    for _ in 0..<3 { actions.withUnsafeBufferPointer { _ = vector.step($0) } }
                }
                let one = try VectorEnvironment(spec, seeds: [0], pool: pool)
                step(one)
                let before = try residentMegabytes()
                let many = try VectorEnvironment(spec, seeds: [1], lanesPerSeed: 800, pool: pool)
                step(many)
                many.resetAll(toEpisode: 1)
                let growth = try residentMegabytes() - before
                // Measured: 5 to 6, one simulation for the second thread included; with a simulation each it was 2,600.
                precondition(growth < 30, "\(id): 800 environments cost \(growth) MB")
                withExtendedLifetime((one, many)) {}
            }
        }
    }
}

/// What this process has in memory, in megabytes.
private func residentMegabytes() throws -> Double {
    struct Unreadable: Error {}
    let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    guard fields.count > 1, let pages = Double(fields[1]) else { throw Unreadable() }
    return pages * Double(sysconf(Int32(_SC_PAGESIZE))) / 1e6
}
