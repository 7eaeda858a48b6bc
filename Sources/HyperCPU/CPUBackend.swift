import CParallel
import CSIMD
import Glibc
import HyperParallel
import HyperTensor

/// Runs programs on this machine's cores with vector kernels.
///
/// Results depend neither on the number of threads nor on how many replicas run side by side: how work is cut follows from the shape
/// of one replica.
public final class CPUBackend: Backend {
    /// Threads that share the work, the caller included.
    public var threads: Int { pool.threads }
    /// The instruction set in use.
    public let level: CPULevel
    public let device: DeviceDescription

    /// The threads, which environments may share: one pool for a process.
    public let pool: WorkerPool
    let kernels: hr_kernels
    /// The library that multiplies matrices, if not our own kernels do.
    let library: OpenBLAS?

    /// Makes a backend with its own pool of threads.
    ///
    /// - Parameters:
    ///   - threads: Threads including the caller; nil uses every core that this process may run on.
    ///   - level: The instruction set; nil uses the best, or what `HYPERRL_CPU_LEVEL` says.
    ///   - products: Who multiplies matrices; nil decides by measured speed, or by what `HYPERRL_MATMUL` says.
    /// - Throws: `CPUError` if this CPU does not have `level`, or OpenBLAS is wanted and missing.
    public init(threads: Int? = nil, level: CPULevel? = nil, products: CPUProducts? = nil) throws {
        let level = level ?? .active
        guard let kernels = hr_kernels_at(level.code) else {
            let supported = CPULevel.supported.map(\.rawValue).joined(separator: ", ")
            throw CPUError("this CPU cannot run kernels of level \(level.rawValue); it runs \(supported)")
        }
        self.level = level
        self.kernels = kernels.pointee
        library = try OpenBLAS.wanted(products ?? .fromEnvironment(), at: level)
        pool = WorkerPool(threads: threads ?? AvailableCores.ofThisProcess().count)
        let unit = pool.threads == 1 ? "thread" : "threads"
        device = DeviceDescription(
            backend: "cpu",
            name:
                "\(Self.modelName), \(pool.threads) \(unit), \(level.rawValue) kernels\(library == nil ? "" : " and OpenBLAS")",
            isGPU: false)
    }

    public func makeState(_ layout: StateLayout) throws -> any StateStore { try CPUStateStore(layout) }

    public func schedule(_ program: Program, varying: Set<String>?) -> Schedule {
        var target = ScheduleTarget()
        target.takesStep = { [library] in LaunchBuilder.takesStep($0, library: library) }
        return Schedule(program, for: target, varying: varying)
    }

    public func compile(_ schedule: Schedule, state: any StateStore) throws -> any CompiledProgram {
        guard let state = state as? CPUStateStore else {
            throw TensorError(
                "compile '\(schedule.program.name)': the state was made by another backend; make it with this one's makeState"
            )
        }
        return try CPUProgram(schedule, state: state, backend: self)
    }

    private static var modelName: String {
        guard let file = fopen("/proc/cpuinfo", "r") else { return "CPU" }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 512)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            guard text.hasPrefix("model name"), let colon = text.firstIndex(of: ":") else { continue }
            return String(text[text.index(after: colon)...].drop { $0 == " " }.prefix { $0 != "\n" })
        }
        return "CPU"
    }
}
