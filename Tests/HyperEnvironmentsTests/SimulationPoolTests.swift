import HyperParallel
import Testing

@testable import HyperEnvironments

/// Who gets which simulation.
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
}
