import HyperCPU
import HyperExperiments
import HyperModels
import HyperTensor
import Testing

@testable import HyperAgents
@testable import HyperOpenCL

extension OpenCLTests {
    @Suite struct TrainingTests {
        /// With the sizes that a GPU begins with, whatever the device is: derivatives, a hundred updates, bitwise repetition and
        /// independence of companions, each against its limit.
        @Test func trainsAsTheCPUBackendDoes() throws {
            let checks = try BackendParity.checks(
                of: TestDevice.backend(tuning: KernelTuning()), against: CPUBackend(threads: 1))
            #expect(checks.count == 4 + 8 * AlgorithmCatalogue.standard.names.count)
            for check in checks {
                print("\(check.name): \(check.value) (at most \(check.limit))")
                #expect(check.holds, "\(check.name): \(check.value), at most \(check.limit)")
            }
        }

        /// At most 70 and 95 are wanted; what is reached is written down so that a change shows.
        @Test(arguments: [1, 5]) func updatesTakeFewLaunches(_ seeds: Int) throws {
            #expect(try launches(.saHyper, includesPolicy: false, seeds: seeds) <= 62)
            #expect(try launches(.saHyper, includesPolicy: true, seeds: seeds) <= 93)
            #expect(try launches(.mlpStandard, includesPolicy: true, seeds: seeds) <= 38)
        }

        @Test(arguments: [1, 5]) func updatesOfSACTakeFewLaunches(_ seeds: Int) throws {
            #expect(try launches(.saHyper, seeds: seeds) <= 99)
            #expect(try launches(.mlpStandard, seeds: seeds) <= 45)
        }

        private static let target = OpenCLBackend.target(split: KernelTuning().split)

        private func launches(_ critic: CriticKind, seeds: Int) throws -> Int {
            let configuration = SACConfiguration(critic: critic, environment: "HalfCheetah-v2")
            var layout = StateLayout()
            let networks = try SACNetworks(
                configuration, stateSize: 17, actionSize: 6, actionLimit: 1, seeds: seeds, in: &layout)
            let frame = try UpdateFrame(
                configuration, TransitionLayout(stateSize: 17, actionSize: 6), seeds: (0..<UInt32(seeds)).map { $0 },
                in: &layout)
            let update = SACUpdate(networks, configuration)
            let count = Schedule(try update.makeProgram(frame), for: Self.target).groups.count
            print("sac \(critic.rawValue), \(seeds) seeds: \(count) launches")
            return count
        }

        private func launches(_ critic: CriticKind, includesPolicy: Bool, seeds: Int) throws -> Int {
            let configuration = TD3Configuration(critic: critic, environment: "HalfCheetah-v2")
            var layout = StateLayout()
            let networks = try TD3Networks(
                configuration, stateSize: 17, actionSize: 6, actionLimit: 1, seeds: seeds, in: &layout)
            let transitions = TransitionLayout(stateSize: 17, actionSize: 6)
            let frame = try UpdateFrame(
                configuration, transitions, seeds: (0..<UInt32(seeds)).map { $0 }, in: &layout)
            let update = TD3Update(networks, configuration)
            let schedule = Schedule(
                try update.makeProgram(frame, includesPolicy: includesPolicy), for: Self.target)
            print(
                "\(critic.rawValue), \(seeds) seeds\(includesPolicy ? ", with policy" : ""): \(schedule.groups.count) launches"
            )
            return schedule.groups.count
        }
    }
}
