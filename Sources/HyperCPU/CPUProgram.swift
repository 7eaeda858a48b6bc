import CSIMD
import Glibc
import HyperTensor

/// A program whose launches are C structures with every pointer bound: a run walks one array.
final class CPUProgram: CompiledProgram {
    let program: Program
    /// What the launches were made from; its order is theirs.
    let schedule: Schedule

    let backend: CPUBackend
    // The launches point into the state, the scratch arena and the arguments.
    private let state: CPUStateStore
    private let scratch: MappedMemory
    private let arguments = ArgumentMemory()
    private let inputs: [UnsafeMutableRawBufferPointer]
    private let outputs: [UnsafeMutableRawBufferPointer]
    let launches: UnsafeMutablePointer<hr_launch>
    let launchCount: Int
    /// By launch, its position in the schedule, where launches with nothing to do have been left out.
    let scheduled: [Int]
    /// Launches at the beginning that `runPrepared` leaves out.
    private let preparedCount: Int
    /// Whether scratch holds outputs.
    var hasRun = false

    init(_ schedule: Schedule, state: CPUStateStore, backend: CPUBackend) throws {
        let program = schedule.program
        self.program = program
        self.schedule = schedule
        self.state = state
        self.backend = backend
        scratch = try MappedMemory(
            byteCount: schedule.scratchCount * 4, purpose: "scratch of program '\(program.name)'")
        var memory = ValueMemory(state: state, scratch: scratch, arguments: arguments)
        try memory.place(schedule.values, inputs: program.inputs)
        inputs = memory.inputs
        outputs = zip(schedule.outputs, program.outputs).map { value, output in
            UnsafeMutableRawBufferPointer(start: memory.bases[value], count: output.type.byteCount)
        }
        let builder = LaunchBuilder(
            memory: memory, arguments: arguments, kernels: backend.kernels, library: backend.library,
            threads: backend.pool.threads)
        let made = try schedule.launches.enumerated().compactMap { index, scheduled in
            try builder.launch(scheduled.launch).map { (index: index, launch: $0) }
        }
        launches = arguments.keep(made.map(\.launch))
        launchCount = made.count
        scheduled = made.map(\.index)
        let prepared = schedule.groups.prefix(schedule.preparedGroups).last?.upperBound ?? 0
        preparedCount = made.filter { $0.index < prepared }.count
    }

    func setInput(_ index: Int, _ bytes: UnsafeRawBufferPointer) throws {
        try program.checkInput(index, byteCount: bytes.count)
        if let destination = inputs[index].baseAddress, let source = bytes.baseAddress {
            memcpy(destination, source, bytes.count)
        }
    }

    func run() throws {
        hr_run_launches(backend.pool.handle, launches, launchCount)
        hasRun = true
    }

    func runPrepared() throws {
        try program.checkPrepared(hasRun: hasRun)
        hr_run_launches(backend.pool.handle, launches + preparedCount, launchCount - preparedCount)
    }

    /// Fills scratch memory, so that a test can see whether a run reads what it did not write.
    func fillScratch(with byte: UInt8) {
        memset(scratch.base, Int32(byte), scratch.byteCount)
    }

    func readOutput(_ index: Int, into bytes: UnsafeMutableRawBufferPointer) throws {
        try program.checkOutput(index, byteCount: bytes.count, hasRun: hasRun)
        if let destination = bytes.baseAddress, let source = outputs[index].baseAddress {
            memcpy(destination, source, bytes.count)
        }
    }
}
