import HyperReference
import HyperTensor

extension KernelBenchmark {
    /// Parameters of the rows about moments: enough for several threads, few enough for a second-level cache.
    private static let momentElements = 1 << 16
    /// Steps before moments are timed. Without a gradient a first moment in float32 leaves the normal numbers after 744 steps at the latest.
    private static let momentSteps = 2000

    /// Adam over moments of ordinary size, and over those of parameters whose gradient has been 0 for 2,000 steps.
    ///
    /// First moments then become subnormal numbers, on which processors are slow: `m ← β₁ m` ends at 4 ulp above 0, where rounding holds it.
    /// Both rows take the same time where subnormals are flushed to zero.
    public func momentRows() throws -> [KernelRow] {
        try [(gradient: Float(0x1p-10), moments: "ordinary moments"), (0, "decayed moments")].compactMap { row in
            let shape = "[\(Self.momentElements)] \(row.moments)"
            return isWanted("adam \(shape)") ? try momentRow(shape, gradient: row.gradient) : nil
        }
    }

    private func momentRow(_ shape: String, gradient: Float) throws -> KernelRow {
        let moments = try DecayingMoments(elements: Self.momentElements, gradient: gradient, on: backend)
        for _ in 0..<Self.momentSteps { try moments.program.run() }
        let problems = try moments.problems(after: Self.momentSteps)
        let bound = KernelRow.bound(moments.cost, roofline)
        return KernelRow(
            name: "adam", shape: shape, agent: nil, countPerStep: 0, share: 0, secondsInStep: nil,
            timing: problems.isEmpty ? try time(moments.program) : nil, cost: moments.cost, bound: bound.name,
            floor: bound.floor, problems: problems)
    }
}

/// Adam's steps with a gradient that is the same for all parameters and never changes.
struct DecayingMoments {
    private static let (beta1, beta2) = (0.9, 0.999)
    private static let (firstStart, secondStart): (Float, Float) = (0.5, 0.25)

    let program: any CompiledProgram
    let cost: OpCost
    private let gradient: Double
    private let state: any StateStore
    private let first: Variable
    private let second: Variable

    init(elements: Int, gradient: Float, on backend: any Backend) throws {
        var layout = StateLayout()
        func arena(_ name: String) throws -> Arena {
            try layout.addArena(name, [("0", TensorType(.float32, Shape([elements])))])
        }
        let (parameters, firstMoments) = (try arena("parameter"), try arena("first"))
        let secondMoments = try arena("second")
        let traced = try Program.trace("decaying moments") { trace in
            trace.adam(
                parameters, firstMoments: firstMoments, secondMoments: secondMoments,
                gradients: [trace.input("gradient", TensorType(.float32, Shape([elements])))],
                scale: trace.constant([1e-3, 1], TensorType(.float32, [2])), beta1: Self.beta1, beta2: Self.beta2)
        }
        self.gradient = Double(gradient)
        (first, second) = (firstMoments.variables[0], secondMoments.variables[0])
        state = try backend.makeState(layout)
        try state.write([Float](repeating: Self.firstStart, count: elements), to: first)
        try state.write([Float](repeating: Self.secondStart, count: elements), to: second)
        let schedule = backend.schedule(traced, varying: nil)
        cost = schedule.launches.reduce(OpCost()) { $0 + OpCost(of: $1.launch) }
        program = try backend.compile(schedule, state: state)
        try program.setInput(0, [Float](repeating: gradient, count: elements))
    }

    /// The first moments as they are.
    func firstMoments() throws -> [Float] { try state.floats(first) }

    /// What is wrong with the moments: those of `m ← β₁ m + (1 − β₁) g` and `v ← β₂ v + (1 − β₂) g²` after n steps are
    /// `g + β₁ⁿ (m₀ − g)` and `g² + β₂ⁿ (v₀ − g²)`.
    func problems(after steps: Int) throws -> [String] {
        try [
            ("first", first, gradient, Self.beta1, Self.firstStart),
            ("second", second, gradient * gradient, Self.beta2, Self.secondStart),
        ].compactMap { name, variable, limit, beta, start in
            let decay = (0..<steps).reduce(1.0) { product, _ in product * beta }
            let expected = limit + decay * (Double(start) - limit)
            // A thousand roundings of a mean over a thousand numbers; a subnormal may be anything below the smallest normal number.
            let tolerance = 1e-3 * abs(expected) + Double(Float.leastNormalMagnitude)
            guard let wrong = try state.floats(variable).first(where: { !(abs(Double($0) - expected) <= tolerance) })
            else { return nil }
            return
                "adam: a \(name) moment is \(wrong) after \(steps) steps with the gradient \(gradient), not \(expected)"
        }
    }
}
