import HyperTensor

/// Runs programs on an OpenCL device with hand-written kernels.
///
/// Launches that do not depend on each other share a kernel call. Results are the same at every run on a device, and a seed's do not
/// depend on the seeds beside it: the order of every sum follows from the shape of one replica.
public final class OpenCLBackend: Backend {
    public var device: DeviceDescription {
        DeviceDescription(
            backend: "opencl",
            name: "\(openCLDevice.name), \(openCLDevice.platform), driver \(openCLDevice.driver)",
            isGPU: openCLDevice.isGPU, tuning: tuning.identity)
    }
    public let openCLDevice: OpenCLDevice

    let context: OpenCLContext
    /// Sizes for programs compiled from now on; a change must pass `KernelTuning.problem(on:)`.
    public var tuning: KernelTuning { didSet { compiler.tuning = tuning } }
    let compiler: KernelCompiler
    /// Elements left free behind each scratch value, for tests.
    let guardElements: Int

    /// By kernel, in how many compiled programs it runs; every kernel is named.
    public var kernelUses: [String: Int] { compiler.uses }

    /// Opens a device.
    ///
    /// - Parameters:
    ///   - device: From `OpenCLDevice.all()` or `OpenCLDevice.chosen(_:)`.
    ///   - tuning: Sizes to compile kernels with; nil takes those of the device's tuning table, or the defaults.
    /// - Throws: `OpenCLError` if the driver refuses or the sizes do not fit the device; `FormatError` if a tuning table is damaged.
    public convenience init(_ device: OpenCLDevice, tuning: KernelTuning? = nil) throws {
        try self.init(device, tuning: tuning ?? TuningTable.tuning(for: device), cache: .standard)
    }

    init(_ device: OpenCLDevice, tuning: KernelTuning, cache: ProgramCache, guardElements: Int = 0) throws {
        if let problem = tuning.problem(on: device) {
            throw OpenCLError("sizes of kernels on \(device.name): \(problem)")
        }
        openCLDevice = device
        self.guardElements = guardElements
        context = try OpenCLContext(device)
        self.tuning = tuning
        compiler = KernelCompiler(context, tuning: tuning, cache: cache)
    }

    public func makeState(_ layout: StateLayout) throws -> any StateStore {
        try OpenCLStateStore(layout, context: context)
    }

    public func schedule(_ program: Program, varying: Set<String>?) -> Schedule {
        var target = Self.target(split: tuning.split)
        target.guardElements = guardElements
        return Schedule(program, for: target, varying: varying)
    }

    /// What kernels can do that cut products as `split` says.
    static func target(split: ProductSplit) -> ScheduleTarget {
        var target = ScheduleTarget()
        target.makesOuterProductsElementwise = true
        target.rectifiesOperands = true
        target.pieces = { $0.isNarrow ? 1 : split.pieces(m: $0.m, n: $0.n, k: $0.k) }
        target.kind = { KernelKind($0).rawValue }
        return target
    }

    public func compile(_ schedule: Schedule, state: any StateStore) throws -> any CompiledProgram {
        guard let state = state as? OpenCLStateStore else {
            throw TensorError(
                "compile '\(schedule.program.name)': the state was made by another backend; make it with this one's makeState"
            )
        }
        return try OpenCLProgram(schedule, state: state, backend: self)
    }
}
