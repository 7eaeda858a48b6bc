import HyperReference
import HyperTensor

/// A way to compute programs that is held against their interpreter.
public struct ProgramCheck {
    /// What is checked, in words.
    public let name: String
    /// How far results may be off.
    public let tolerance: Tolerance
    /// How much a result may change by the rounding of one operation, in proportion.
    private let rounding: Double
    private let compute: (ProgramSpecimen) throws -> [ProgramResult]

    public init(
        _ name: String, tolerance: Tolerance, rounding: Double,
        compute: @escaping (ProgramSpecimen) throws -> [ProgramResult]
    ) {
        self.name = name
        self.tolerance = tolerance
        self.rounding = rounding
        self.compute = compute
    }

    /// A computation in double precision: to 1e-12, relative to a number or to 1.
    public static func exact(
        _ name: String, compute: @escaping (ProgramSpecimen) throws -> [ProgramResult]
    ) -> ProgramCheck {
        ProgramCheck(
            name, tolerance: Tolerance(relative: 1e-12, absolute: 1e-12), rounding: 0x1p-50, compute: compute)
    }

    /// The program after its simplification.
    public static var simplification: ProgramCheck {
        exact("simplified program") { try $0.interpreted($0.program.simplified()) }
    }

    /// The schedule, by the interpreter of schedules.
    public static var schedule: ProgramCheck { exact("schedule") { try $0.scheduled(Schedule($0.program)) } }

    /// The schedule with every step folded into a product that can be.
    public static var foldedSchedule: ProgramCheck {
        var target = ScheduleTarget()
        target.takesStep = { _ in true }
        return schedule("schedule with folded steps", for: target)
    }

    /// The schedule of a device that groups launches, with all that goes with it.
    public static var groupedSchedule: ProgramCheck { schedule("schedule in groups", for: .everything) }

    /// What a device executes, by the interpreter of schedules.
    public static func schedule(_ name: String, for target: ScheduleTarget) -> ProgramCheck {
        exact(name) { try $0.scheduled(Schedule($0.program, for: target)) }
    }

    /// A float32 backend: to 1e-4, relative to a number or to 1.
    ///
    /// - Parameter varying: Inputs for whose change the program is prepared; the second run is then of what depends on them. Nil runs the
    ///   whole program twice.
    public static func backend(_ backend: any Backend, varying: Set<String>? = nil) -> ProgramCheck {
        ProgramCheck(
            backend.device.backend, tolerance: Tolerance(relative: 1e-4, absolute: 1e-4), rounding: 0x1p-21
        ) { try $0.computed(on: backend, varying: varying) }
    }

    /// Holds the computation against the interpreter; what it throws is a disagreement too.
    public func verdict(_ specimen: ProgramSpecimen) throws -> ProgramVerdict {
        let expected = try specimen.expected()
        let computed: [ProgramResult]
        do { computed = try compute(specimen) } catch {
            let thrown = ProgramDisagreement(label: name, text: "throws \(error)")
            return ProgramVerdict(disagreements: [thrown], unstable: [])
        }
        let found = zip(computed, expected).compactMap { $0.disagreement(with: $1, tolerance) }
        if found.isEmpty { return ProgramVerdict(disagreements: [], unstable: []) }
        let unstable = try specimen.unstableResults(rounding: rounding, tolerance)
        return ProgramVerdict(
            disagreements: found.filter { !unstable.contains($0.label) },
            unstable: found.filter { unstable.contains($0.label) })
    }

    /// Where the computation is wrong.
    public func disagreements(_ specimen: ProgramSpecimen) throws -> [ProgramDisagreement] {
        try verdict(specimen).disagreements
    }
}

/// What a check says of one program.
public struct ProgramVerdict {
    /// Results that are wrong.
    public let disagreements: [ProgramDisagreement]
    /// Results that are off, but that rounding alone moves as far: they tell nothing.
    public let unstable: [ProgramDisagreement]
}

extension ScheduleTarget {
    /// A device that no real one is like: with it every pass has something to do.
    public static let everything: ScheduleTarget = {
        var target = ScheduleTarget()
        target.makesOuterProductsElementwise = true
        target.rectifiesOperands = true
        target.pieces = { product in (2...4).first { product.k % $0 == 0 } ?? 1 }
        target.takesStep = { _ in true }
        target.kind = { String($0.name.prefix(6)) }
        return target
    }()
}
