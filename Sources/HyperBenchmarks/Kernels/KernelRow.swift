import HyperFormats
import HyperReference

/// One line of the table of kernels.
public struct KernelRow: Sendable {
    /// The launch's or the case's name.
    public let name: String
    public let shape: String
    /// The agent in whose step it runs; nil for an op case.
    public let agent: String?
    /// How many of it one step has, on average over the policy's period.
    public let countPerStep: Double
    /// Its share of the seconds that the step's launches take, all of its occurrences together.
    public let share: Double
    /// Median seconds of one occurrence within the step; nil for an op case.
    public let secondsInStep: Double?
    /// Seconds alone, run again and again; nil if the result was wrong.
    public let timing: Timing?
    public let cost: OpCost
    /// What binds it: `flops`, `bytes` or `launch`.
    public let bound: String
    /// Seconds that the ceiling that binds it allows.
    public let floor: Double
    /// Empty if the result agrees with the reference.
    public let problems: [String]

    /// How much of the binding ceiling the fastest run alone reaches, 1 being all.
    public var ceilingShare: Double? { timing.map { floor / $0.minimum } }

    /// The ceiling that binds work of a given cost.
    static func bound(_ cost: OpCost, _ roofline: Roofline) -> (name: String, floor: Double) {
        let candidates =
            [
                ("flops", Double(cost.flops) / roofline.peakOperations),
                ("bytes", Double(cost.bytes) / roofline.bandwidth(for: cost.bytes)),
            ]
            // A device with a queue times kernels without what launching them takes.
            + (roofline.enqueue == nil ? [("launch", roofline.launch.minimum)] : [])
        return candidates.max { $0.1 < $1.1 } ?? ("launch", 0)
    }

    var json: JSONValue {
        func microseconds(_ seconds: Double?) -> JSONValue { seconds.map { .double(rounded($0 * 1e6, 3)) } ?? .null }
        return [
            "name": .string(name),
            "shape": .string(shape),
            "agent": agent.map { .string($0) } ?? .null,
            "count_per_step": .double(countPerStep),
            "share_of_step": .double(rounded(share, 5)),
            "us_in_step": microseconds(secondsInStep),
            "us": timing.map { ["median": microseconds($0.median), "min": microseconds($0.minimum)] } ?? .null,
            "flops": .integer(cost.flops),
            "bytes": .integer(cost.bytes),
            "gflops": timing.map { .double(rounded(Double(cost.flops) / $0.minimum / 1e9, 2)) } ?? .null,
            "gb_per_s": timing.map { .double(rounded(Double(cost.bytes) / $0.minimum / 1e9, 2)) } ?? .null,
            "bound_by": .string(bound),
            "ceiling_percent": ceilingShare.map { .double(rounded($0 * 100, 1)) } ?? .null,
            "agrees": .bool(problems.isEmpty),
            "problems": .array(problems.map { .string($0) }),
        ]
    }

    static let columns: [(title: String, alignment: Table.Alignment)] = [
        ("SHARE", .right), ("AGENT", .left), ("KERNEL", .left), ("SHAPE", .left), ("COUNT", .right),
        ("IN STEP µs", .right), ("ALONE µs", .right), ("MIN µs", .right), ("GFLOP/S", .right), ("GB/S", .right),
        ("BOUND", .left), ("CEILING", .right), ("CHECK", .left),
    ]

    var cells: [String] {
        [
            agent == nil ? "-" : decimal(share * 100, 1) + " %", agent ?? "-", name, shape,
            agent == nil ? "-" : decimal(countPerStep, 1), secondsInStep.map { decimal($0 * 1e6, 1) } ?? "-",
            timing.map { decimal($0.median * 1e6, 2) } ?? "-", timing.map { decimal($0.minimum * 1e6, 2) } ?? "-",
            timing.map { decimal(Double(cost.flops) / $0.minimum / 1e9, 1) } ?? "-",
            timing.map { decimal(Double(cost.bytes) / $0.minimum / 1e9, 1) } ?? "-", bound,
            ceilingShare.map { decimal($0 * 100, 0) + " %" } ?? "-", problems.isEmpty ? "agrees" : "WRONG",
        ]
    }
}
