import Glibc
import HyperModels
import HyperTensor

/// Times what compiling a program takes, stage by stage, on programs of growing length; and compares the scratch memory of large ones
/// with the least that they need.
public struct CompileBenchmark {
    /// Seconds of each stage, of this thread's processor time: compiling is done by one thread, and other work on the machine changes little.
    public struct Times: Hashable, Sendable {
        public var trace = 0.0
        public var simplify = 0.0
        /// From the simplified program to the schedule of the device.
        public var schedule = 0.0
        /// The same for a device that does launches of one kind in groups.
        public var scheduleInGroups = 0.0
        public var bind = 0.0

        /// From nothing to a program that is ready on the device.
        public var total: Double { trace + simplify + schedule + bind }
    }

    public struct Row: Sendable {
        public let growth: MetaGradient.Growth
        /// Nodes as traced, and those that are left when the program is simplified.
        public let nodes: Int
        public let simplifiedNodes: Int
        public let launches: Int
        /// Medians, each on its own.
        public let times: Times
    }

    /// Seconds of one pass of scheduling in groups.
    public struct PassRow: Sendable {
        public let growth: MetaGradient.Growth
        public let nodes: Int
        public let pass: SchedulePass
        public let seconds: Double
    }

    public struct ScratchRow: Sendable {
        public let policy: GaussianPolicy.Kind
        /// Whether launches were scheduled in groups.
        public let isGrouped: Bool
        public let use: ScratchUse
    }

    /// What it costs to keep what products with one Hessian share.
    public struct PreparedRow: Sendable {
        public let policy: GaussianPolicy.Kind
        public let launches: Int
        /// Of these, launches that run once for all products.
        public let preparedLaunches: Int
        /// Bytes of scratch memory where everything runs each time, and where those launches' results are kept.
        public let plannedWhole: Int
        public let plannedPrepared: Int
    }

    public let device: DeviceDescription
    public let repeats: Int
    public let rows: [Row]
    public let passes: [PassRow]
    public let scratch: [ScratchRow]
    public let prepared: [PreparedRow]

    /// Sizes of the programs whose scratch memory is told.
    public static let scratchSizes = MetaGradient.Sizes(state: 20, action: 6, tasks: 8, samples: 4000)

    /// - Parameters:
    ///   - nodes: About how long the programs are, in nodes as traced.
    ///   - repeats: How often each is compiled, at least once.
    ///   - tellsPasses: Whether to time each pass of scheduling as well.
    public init(
        nodes: [Int], repeats: Int, tellsPasses: Bool, scratchSizes: MetaGradient.Sizes = scratchSizes,
        backend: any Backend
    ) throws {
        device = backend.device
        self.repeats = repeats
        var rows: [Row] = []
        var passes: [PassRow] = []
        for growth in MetaGradient.Growth.allCases {
            for wanted in nodes {
                let count = try MetaGradient.count(growth, nodes: wanted)
                let made = try MetaGradient(growth, count: count)
                rows.append(try Self.row(growth, made, repeats: repeats, backend))
                if tellsPasses { passes += Self.passes(growth, try made.program(), repeats: repeats) }
            }
        }
        self.rows = rows
        self.passes = passes
        scratch = try [GaussianPolicy.Kind.vanilla, .hyper].flatMap { kind in
            let program = try MetaGradient(GaussianPolicy.Architecture(kind), scratchSizes, .together).program()
            return [
                ScratchRow(
                    policy: kind, isGrouped: false, use: ScratchUse(backend.schedule(program, varying: nil))),
                ScratchRow(policy: kind, isGrouped: true, use: ScratchUse(Schedule(program, for: groupingTarget))),
            ]
        }
        prepared = try [GaussianPolicy.Kind.vanilla, .hyper].map { kind in
            let made = try MetaGradient(GaussianPolicy.Architecture(kind), scratchSizes, .together)
            let program = try made.productProgram()
            let whole = backend.schedule(program, varying: nil)
            let prepared = backend.schedule(program, varying: made.directionNames)
            return PreparedRow(
                policy: kind, launches: prepared.launches.count,
                preparedLaunches: prepared.groups.prefix(prepared.preparedGroups).reduce(0) { $0 + $1.count },
                plannedWhole: 4 * whole.scratchCount, plannedPrepared: 4 * prepared.scratchCount)
        }
    }

    private static func row(
        _ growth: MetaGradient.Growth, _ made: MetaGradient, repeats: Int, _ backend: any Backend
    ) throws -> Row {
        let state = try backend.makeState(made.layout)
        let program = try made.program()
        let schedule = backend.schedule(program, varying: nil)
        var samples: [Times] = []
        for _ in 0..<repeats {
            var times = Times()
            times.trace = try seconds { _ = try made.program() }
            times.simplify = seconds { _ = program.simplified() }
            // Scheduling begins with the simplification.
            times.schedule = max(0, seconds { _ = backend.schedule(program, varying: nil) } - times.simplify)
            times.scheduleInGroups = max(
                0, seconds { _ = Schedule(program, for: groupingTarget) } - times.simplify)
            times.bind = try seconds { _ = try backend.compile(schedule, state: state) }
            samples.append(times)
        }
        func median(_ stage: KeyPath<Times, Double>) -> Double { Timing(samples.map { $0[keyPath: stage] }).median }
        return Row(
            growth: growth, nodes: program.nodes.count, simplifiedNodes: schedule.program.nodes.count,
            launches: schedule.launches.count,
            times: Times(
                trace: median(\.trace), simplify: median(\.simplify), schedule: median(\.schedule),
                scheduleInGroups: median(\.scheduleInGroups), bind: median(\.bind)))
    }

    /// A pass takes what going on from its beginning takes longer than going on from its end.
    private static func passes(
        _ growth: MetaGradient.Growth, _ program: Program, repeats: Int
    ) -> [PassRow] {
        func median(_ body: () -> Void) -> Double { Timing((0..<repeats).map { _ in seconds(body) }).median }
        let simplify = median { _ = program.simplified() }
        var before = median { _ = Schedule(program, for: groupingTarget) } - simplify
        return Schedule.stages(of: program, for: groupingTarget).map { pass, schedule in
            let after = median { _ = schedule.continued(after: pass, for: groupingTarget) }
            defer { before = after }
            return PassRow(growth: growth, nodes: program.nodes.count, pass: pass, seconds: max(0, before - after))
        }
    }

    /// Processor time of this thread.
    private static func seconds(_ body: () throws -> Void) rethrows -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
        }
        let start = now()
        try body()
        return now() - start
    }
}

/// A device that does launches of one kind in one call, with every pass that such a device has: much like OpenCL's.
private let groupingTarget: ScheduleTarget = {
    var target = ScheduleTarget()
    target.makesOuterProductsElementwise = true
    target.rectifiesOperands = true
    target.pieces = { product in product.k % 8 == 0 && product.k >= 256 * max(product.m, product.n) ? 8 : 1 }
    target.kind = { launch in
        switch launch {
        case .elementwise: "elementwise"
        case .reduce, .wideSum: "reduce"
        case .matmul: "matmul"
        case .dot: "dot"
        case .gather, .scatterAdd, .assignRows: "rows"
        case .random: "random"
        case .adam: "adam"
        case .softUpdate: "soft update"
        }
    }
    return target
}()
