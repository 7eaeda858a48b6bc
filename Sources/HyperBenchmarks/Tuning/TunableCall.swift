import HyperEnvironments
import HyperReference
import HyperTensor

/// A kernel call of a real step as a program of its own, with the result that it must have.
public struct TunableCall {
    /// The backend's name for the kernel.
    public let kernel: String
    /// The sizes of what it does.
    public let shape: String
    /// Rows times columns of its products, one matrix of each; elements of other results.
    public let outputs: Int
    /// How often one step has it, on average over the policy's period.
    public let countPerStep: Double
    let timed: IsolatedLaunch
    let expected: ExpectedRuns

    /// Elements of parameters with which optimisers are checked; they are timed with all.
    private static let checkedParameters = 1 << 20

    init(_ parts: [ScheduledLaunch], kernel: String, values: [Value], countPerStep: Double) throws {
        self.kernel = kernel
        self.countPerStep = countPerStep
        let launches = parts.map(\.launch)
        shape = launches.map(\.shapeText).joined(separator: "; ")
        outputs = launches.reduce(0) { $0 + $1.outputsOfOneMatrix }
        timed = try IsolatedLaunch(parts, values: values)
        let check = KernelCheck(
            isolated: try IsolatedLaunch(parts, values: values, updateLimit: Self.checkedParameters), launches: launches
        )
        expected = try check.expectedRun()
    }

    /// The calls of an agent's step on a backend, equal ones together, the dearest first.
    ///
    /// - Parameters:
    ///   - kernels: Which kernels' calls to take, by the backend's names.
    ///   - share: Only the dearest calls, as many as make up this share of the time of all that are taken.
    ///   - epilogues: Whether products keep what was fused behind them. Without, all products of a candidate are built at once.
    public static func calls(
        of agents: [BenchmarkAgent], on backend: any Backend, kernels: (String) -> Bool, share: Double = 1,
        epilogues: Bool = false
    ) throws -> [TunableCall] {
        var found: [Found] = []
        for agent in agents {
            for call in try callsOfStep(of: agent, on: backend) where kernels(call.kernel) {
                var call = call
                if !epilogues { call.parts = call.parts.map(\.withoutEpilogue) }
                call.signature = AnyHashable(try IsolatedLaunch(call.parts, values: call.values).signature)
                if let index = found.firstIndex(where: { $0.signature == call.signature }) {
                    found[index].count += call.count
                    found[index].seconds += call.seconds
                } else {
                    found.append(call)
                }
            }
        }
        found.sort { $0.seconds > $1.seconds }
        let total = found.reduce(0) { $0 + $1.seconds }
        var sum = 0.0
        let taken = found.prefix { call in
            defer { sum += call.seconds }
            return sum < share * total
        }
        return try taken.map {
            try TunableCall($0.parts, kernel: $0.kernel, values: $0.values, countPerStep: $0.count)
        }
    }

    private struct Found {
        var parts: [ScheduledLaunch]
        let kernel: String
        let values: [Value]
        var signature: AnyHashable = ""
        /// Calls and seconds of one step.
        var count = 0.0
        var seconds = 0.0
    }

    private static func callsOfStep(of description: BenchmarkAgent, on backend: any Backend) throws -> [Found] {
        let (runs, steps) = try RecordingBackend.updates(of: description, periods: 1, on: backend)
        return runs.flatMap { run in
            let calls = run.program.kernelCalls
            return run.timings.map { timing in
                Found(
                    parts: calls[timing.call].launches, kernel: calls[timing.call].kernel, values: run.program.values,
                    count: 1 / Double(steps), seconds: timing.seconds / Double(steps))
            }
        }
    }

    /// What is wrong with a backend's result; empty if nothing is.
    public func disagreements(on backend: any Backend) throws -> [String] { try expected.disagreements(on: backend) }

    /// Seconds of the call on a backend.
    func timing(on backend: any Backend, seconds: Double) throws -> Timing {
        let compiled = try timed.compiledWithNumbers(on: backend)
        guard let profiling = compiled as? any ProfilingProgram, profiling.isQueued else {
            return try Timing.measure(seconds: seconds) { try compiled.run() }
        }
        return try profiling.deviceTiming(seconds: seconds)
    }
}

extension ScheduledLaunch {
    /// A product alone; anything else as it is.
    fileprivate var withoutEpilogue: ScheduledLaunch {
        guard case .matmul(var matmul) = launch else { return self }
        matmul.epilogue = nil
        matmul.epilogueInputs = []
        var part = self
        part.launch = .matmul(matmul)
        return part
    }
}

extension Launch {
    fileprivate var outputsOfOneMatrix: Int {
        switch self {
        case .matmul(let matmul): return matmul.m * matmul.n
        case .adam(let update): return update.gradients.reduce(0) { $0 + $1.view.count }
        case .softUpdate(let update): return update.sources.reduce(0) { $0 + $1.view.count }
        case .assignRows(_, let rows, _, _): return rows.view.count
        case .elementwise, .reduce, .wideSum, .dot, .gather, .scatterAdd, .random:
            return writes.reduce(0) { $0 + $1.view.count }
        }
    }
}
