import COpenCL
import HyperAgents
import HyperExperiments
import HyperModels
import HyperParallel
import HyperTensor
import Testing

@testable import HyperOpenCL

/// A device that fails at a given call: what the library would answer, put in the place of its functions.
private enum FailingDevice {
    // Tests of this target run one after another.
    nonisolated(unsafe) static var launchesLeft = 0
    nonisolated(unsafe) static var enqueue: hr_opencl?

    /// Lets `launches` kernel calls through; after them the device is lost.
    static func lose(_ context: OpenCLContext, after launches: Int) {
        launchesLeft = launches
        enqueue = context.cl
        context.cl.clEnqueueNDRangeKernel = { queue, kernel, rank, offset, global, local, count, list, event in
            FailingDevice.launchesLeft -= 1
            guard FailingDevice.launchesLeft >= 0, let real = FailingDevice.enqueue else {
                return cl_int(CL_OUT_OF_RESOURCES)
            }
            return real.clEnqueueNDRangeKernel(queue, kernel, rank, offset, global, local, count, list, event)
        }
    }
}

/// Loses the device at a step of a run.
private final class LosingMonitor: RunMonitor {
    private let context: OpenCLContext
    private let step: Int

    init(_ context: OpenCLContext, atStep step: Int) {
        self.context = context
        self.step = step
    }

    func runDidStep(_ step: Int, fraction: Double, latestReturn: Double?) {
        if step == self.step { FailingDevice.lose(context, after: 3) }
    }
    func runShouldStop() -> Bool { false }
    func runDidEvaluate(step: Int, mean: Double, standardDeviation: Double, seeds: Int) {}
    func runDidProbe(step: Int, summary: String) {}
    func runDidWarn(_ message: String) {}
}

extension OpenCLTests {
    @Suite struct DeviceFaultTests {
        @Test func aLostDeviceIsNamedWithTheCallAndTheKernel() throws {
            let backend = try TestDevice.backend()
            let compiled = try backend.compile(TestPrograms.doubling(), state: backend.makeState(StateLayout()))
            FailingDevice.lose(backend.context, after: 1)
            try compiled.run()
            let error = #expect(throws: OpenCLError.self) { try compiled.run() }
            let message = try #require(error?.message)
            #expect(
                message.hasPrefix(
                    "clEnqueueNDRangeKernel: CL_OUT_OF_RESOURCES (-5): kernel elementwise of 'double', global ("))
            #expect(
                message.hasSuffix("the device was lost: look at the system log; the last checkpoint is whole"),
                "\(message)")
            #expect(error?.isUnavailable == false)
        }

        @Test func aFailedAllocationTellsItsBytes() throws {
            let backend = try TestDevice.backend()
            backend.context.cl.clCreateBuffer = { _, _, _, _, code in
                code?.pointee = cl_int(CL_MEM_OBJECT_ALLOCATION_FAILURE)
                return nil
            }
            var layout = StateLayout()
            try layout.addVariable("table", TensorType(.float32, [1000, 64]))
            let error = #expect(throws: OpenCLError.self) { try backend.makeState(layout) }
            let message = try #require(error?.message)
            #expect(
                message.hasPrefix(
                    "clCreateBuffer: CL_MEM_OBJECT_ALLOCATION_FAILURE (-4): 256000 bytes of state buffer 0 on "))
            #expect(message.hasSuffix("use a smaller replay, fewer seeds or a device with more memory"), "\(message)")
        }

        /// The run ends with the device's error; its checkpoint goes on to the end on a device that works.
        @Test func aRunWhoseDeviceIsLostGoesOnFromItsCheckpoint() throws {
            let folder = try TemporaryFolder()
            let path = "\(folder.path)/run"
            var configuration = RunConfiguration(
                environment: "Hopper-v2", variants: ["critic": "mlp-standard"], seeds: [0], steps: 30,
                evaluationInterval: 30,
                evaluationEpisodes: 1, logInterval: 10)
            try configuration.agent.set([("random-steps", "5"), ("batch-size", "8")])
            let build = BuildIdentity(version: "test", commit: "none")
            let lost = try TestDevice.backend()
            let monitor = LosingMonitor(lost.context, atStep: 17)
            // The run goes before the resumption: it holds the folder.
            do {
                let run = try TrainingRun(
                    configuration, folder: RunFolder(creating: path, overwrites: false),
                    checkpoints: CheckpointPolicy(interval: .steps(10)), backend: lost, pool: WorkerPool(threads: 1),
                    build: build, monitor: monitor)
                #expect(throws: OpenCLError.self) { try run.run() }
            }

            let plan = try ResumePlan(StoredRun(path))
            #expect(plan.step == 10)
            let resumed = try TrainingRun(
                resuming: plan, backend: TestDevice.backend(), pool: WorkerPool(threads: 1), build: build, monitor: nil)
            let outcome = try resumed.run()
            #expect(outcome.isComplete && outcome.steps == 30)
        }
    }
}
