import HyperTensor

/// Runs programs on an OpenCL device with hand-written kernels.
///
/// Launches that do not depend on each other share a kernel call. Results are the same at every run on a device, and a seed's do not
/// depend on the seeds beside it: the order of every sum follows from the shape of one replica.
public final class OpenCLBackend: Backend {
    public let device: DeviceDescription
    public let openCLDevice: OpenCLDevice

    let context: OpenCLContext
    /// Sizes for programs compiled from now on.
    var tuning: KernelTuning { didSet { compiler.tuning = tuning } }
    let compiler: KernelCompiler
    /// Elements left free behind each scratch value, for tests.
    let guardElements: Int

    /// By kernel, in how many compiled programs it runs; every kernel is named.
    public var kernelUses: [String: Int] { compiler.uses }

    /// Opens a device.
    ///
    /// - Parameter device: From `OpenCLDevice.all()` or `OpenCLDevice.chosen(_:)`.
    /// - Throws: `OpenCLError` if the driver refuses.
    public convenience init(_ device: OpenCLDevice) throws { try self.init(device, cache: .standard) }

    init(_ device: OpenCLDevice, cache: ProgramCache, guardElements: Int = 0) throws {
        openCLDevice = device
        self.guardElements = guardElements
        self.device = DeviceDescription(
            backend: "opencl", name: "\(device.name), \(device.platform), driver \(device.driver)", isGPU: device.isGPU)
        context = try OpenCLContext(device)
        let tuning = KernelTuning(for: device)
        self.tuning = tuning
        compiler = KernelCompiler(context, tuning: tuning, cache: cache)
    }

    public func makeState(_ layout: StateLayout) throws -> any StateStore {
        try OpenCLStateStore(layout, context: context)
    }

    public func compile(_ program: Program, state: any StateStore) throws -> any CompiledProgram {
        guard let state = state as? OpenCLStateStore else {
            throw TensorError(
                "compile '\(program.name)': the state was made by another backend; make it with this one's makeState")
        }
        return try OpenCLProgram(program, state: state, backend: self)
    }
}
