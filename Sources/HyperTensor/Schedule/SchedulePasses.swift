/// What a device can do, as far as the passes have to know: both backends' schedules are made by the same passes.
public struct ScheduleTarget: Sendable {
    /// Products over an inner axis of size 1 are cheaper as elementwise launches.
    public var makesOuterProductsElementwise = false
    /// The kernels of products apply ReLU to what they load, so that ReLU before a product needs no launch.
    public var rectifiesOperands = false
    /// In how many pieces over k a product is cut, a divisor of k; 1 leaves it whole.
    public var pieces: @Sendable (MatmulLaunch) -> Int = { _ in 1 }
    /// Whether the kernel of a product can take the step of the parameter whose gradient it computes.
    public var takesStep: @Sendable (MatmulLaunch) -> Bool = { _ in false }
    /// What makes independent launches fit for one kernel call; nil if each launch is a call.
    public var kind: (@Sendable (Launch) -> String)? = nil
    /// Elements left free behind each scratch value, for tests that look for stray writes.
    public var guardElements = 0

    /// A device that runs one launch after another and knows nothing special.
    public init() {}
}

/// The passes from a simplified program to a schedule, in their order.
///
/// Up to `snapshots` the list of launches is in the program's order, and reads name versions of variables that may be gone by then. From
/// there on some order is legal (`LaunchGraph`), which `order` finds. Memory is planned last, so no pass has to care who shares it.
public enum SchedulePass: String, Sendable, CaseIterable {
    /// Assumes a simplified program. Leaves one launch for each group of fused nodes, movement as views, every read of a variable with its
    /// version; an output has scratch memory of its own.
    case lowering
    /// Assumes nothing further. Leaves no products with k = 1, if the target wants that.
    case outerProducts
    /// Assumes nothing further. Leaves products and kernels that read the value before a ReLU and apply it themselves.
    case rectification
    /// Assumes that epilogues are final. Leaves products of few outputs and a long sum as several, a sum, and the epilogue as a launch.
    case splitProducts
    /// Assumes that no more reductions are made. Leaves long reductions as two launches.
    case splitReductions
    /// Assumes that the list is in the program's order. Leaves launches that have a legal order: what cannot be read in time is copied.
    case snapshots
    /// Assumes a legal order. Leaves it; launches write into the variables that take their results.
    case destinations
    /// Assumes a legal order. Leaves it; products take the steps of the parameters whose gradients they are.
    case steps
    /// Assumes that launches are final. Leaves them in a legal order, with launches that can run at once in groups, prepared groups first.
    case order
    /// Assumes that the order is final. Leaves a place for each scratch value.
    case buffers

    func apply(to schedule: inout Schedule, for target: ScheduleTarget) {
        switch self {
        case .lowering:
            let varying = schedule.varying
            schedule = Lowering(schedule.program).run().withoutEmptyLaunches()
            schedule.varying = varying
        case .outerProducts: if target.makesOuterProductsElementwise { OuterProducts.apply(to: &schedule) }
        case .rectification: if target.rectifiesOperands { Rectification.apply(to: &schedule) }
        case .splitProducts: SplitProducts.apply(to: &schedule, pieces: target.pieces)
        case .splitReductions: SplitReductions.apply(to: &schedule)
        case .snapshots: Snapshots.apply(to: &schedule)
        case .destinations: Destinations.apply(to: &schedule)
        case .steps: StepFolding.apply(to: &schedule, takesStep: target.takesStep)
        case .order: LaunchOrder.apply(to: &schedule, kind: target.kind)
        case .buffers: BufferPlan.apply(to: &schedule, gap: target.guardElements)
        }
    }
}

extension Schedule {
    /// Lowers a program to the launches of a device.
    ///
    /// - Parameters:
    ///   - target: What the device can do.
    ///   - varying: Names of the inputs that change from run to run, for a program that is prepared once and run many times; nil if
    ///     every run may change everything.
    public init(_ program: Program, for target: ScheduleTarget = ScheduleTarget(), varying: Set<String>? = nil) {
        self = Schedule(simplified: program.simplified(), varying: varying)
        for pass in SchedulePass.allCases {
            pass.apply(to: &self, for: target)
            if Validation.isOn {
                Validation.require(ScheduleVerifier.problems(in: self, after: pass), "\(pass) of '\(program.name)'")
            }
        }
    }

    /// The schedule as each pass leaves it.
    public static func stages(
        of program: Program, for target: ScheduleTarget = ScheduleTarget(), varying: Set<String>? = nil
    ) -> [(pass: SchedulePass, schedule: Schedule)] {
        var schedule = Schedule(simplified: program.simplified(), varying: varying)
        return SchedulePass.allCases.map { pass in
            pass.apply(to: &schedule, for: target)
            return (pass, schedule)
        }
    }

    private init(simplified program: Program, varying: Set<String>?) {
        self.init(program: program, values: [], launches: [], outputs: [])
        self.varying = varying
    }

    /// Goes on from the schedule as one pass left it, through the passes behind that one.
    public func continued(after pass: SchedulePass, for target: ScheduleTarget = ScheduleTarget()) -> Schedule {
        var result = self
        let passes = SchedulePass.allCases
        for next in passes[((passes.firstIndex(of: pass) ?? 0) + 1)...] { next.apply(to: &result, for: target) }
        return result
    }

    fileprivate func withoutEmptyLaunches() -> Schedule {
        var result = self
        result.launches.removeAll { $0.launch.isEmpty(values) }
        return result
    }
}
