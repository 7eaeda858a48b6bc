import HyperAgents
import HyperEnvironments
import HyperFormats
import HyperParallel
import HyperTensor

/// The paper's Table 3 on this machine: seconds of training, environment and acting included.
public struct Table3 {
    /// A row of the paper's table, measured on one RTX 2080 Ti.
    public struct PaperRow: Sendable {
        public let name: String
        /// The algorithm's name in this project.
        public let algorithm: String
        /// Its variants with MLPs, and with hypernetworks.
        let variants: (mlp: [String: String], hyper: [String: String])
        /// Seconds with MLPs; nil where the paper has none.
        public let mlp: Double?
        public let hyper: Double
        /// What the seconds are for.
        public let unit: String
    }

    private static let critics = (mlp: ["critic": "mlp-standard"], hyper: ["critic": "sa-hyper"])

    public static let paper = [
        PaperRow(name: "SAC", algorithm: "sac", variants: critics, mlp: 120, hyper: 200, unit: "5,000 steps"),
        PaperRow(name: "TD3", algorithm: "td3", variants: critics, mlp: 40, hyper: 140, unit: "5,000 steps"),
        PaperRow(name: "PEARL", algorithm: "pearl", variants: ([:], [:]), mlp: 450, hyper: 700, unit: "5,000 steps"),
        PaperRow(name: "MAML", algorithm: "maml", variants: ([:], [:]), mlp: 150, hyper: 145, unit: "1 iteration"),
        PaperRow(
            name: "Multi-Task MAML", algorithm: "multi-task-maml", variants: ([:], [:]), mlp: nil, hyper: 120,
            unit: "1 iteration"),
    ]

    /// The steps that the paper's seconds are for.
    public static let paperSteps = 5000

    public struct Row {
        public let paper: PaperRow
        /// Seconds of 5,000 steps here; nil while the algorithm does not exist.
        public let mlp: Double?
        public let hyper: Double?
    }

    public let device: DeviceDescription
    public let environment: String
    /// Training steps that were measured.
    public let steps: Int
    public let rows: [Row]

    /// Trains each algorithm for `steps` steps, with the MLP critic and with the paper's hypernetwork.
    public init(
        environment: String, steps: Int, backend: any Backend, pool: WorkerPool,
        catalogue: AlgorithmCatalogue = .standard
    ) throws {
        device = backend.device
        self.environment = environment
        self.steps = steps
        rows = try Self.paper.map { row in
            guard catalogue.named(row.algorithm) != nil else { return Row(paper: row, mlp: nil, hyper: nil) }
            func seconds(_ variants: [String: String]) throws -> Double {
                let agent = try BenchmarkAgent(
                    algorithm: row.algorithm, variants: variants, environment: environment, replayRows: steps + 1000,
                    catalogue: catalogue)
                return try Self.seconds(agent, steps: steps, backend: backend, pool: pool) * Double(Self.paperSteps)
                    / Double(steps)
            }
            return Row(paper: row, mlp: try seconds(row.variants.mlp), hyper: try seconds(row.variants.hyper))
        }
    }

    private static func seconds(
        _ agent: BenchmarkAgent, steps: Int, backend: any Backend, pool: WorkerPool
    ) throws -> Double {
        let loop = try agent.makeLoop(backend, pool: pool)
        // Two periods of updates warm up.
        for _ in 0..<2 * loop.period { try loop.whole() }
        let start = HostClock.seconds
        for _ in 0..<steps { try loop.whole() }
        let isFinite = try loop.finish()
        let seconds = HostClock.seconds - start
        guard isFinite else {
            throw BenchmarkError("a number was not finite while training \(agent.algorithm); the times mean nothing")
        }
        return seconds
    }

    /// Whether the seconds come from fewer or more steps than the paper's.
    public var isScaled: Bool { steps != Self.paperSteps }

    public var json: JSONValue {
        func number(_ value: Double?) -> JSONValue { value.map { .double(rounded($0, 2)) } ?? .null }
        return [
            "backend": .string(device.backend),
            "device": .string(device.name),
            "environment": .string(environment),
            "measured_steps": .integer(steps),
            "scaled": .bool(isScaled),
            "rows": .array(
                rows.map { row in
                    [
                        "algorithm": .string(row.paper.name), "unit": .string(row.paper.unit),
                        "exists": .bool(row.hyper != nil), "mlp_seconds": number(row.mlp),
                        "hyper_seconds": number(row.hyper), "paper_mlp_seconds": number(row.paper.mlp),
                        "paper_hyper_seconds": .double(row.paper.hyper),
                    ]
                }),
        ]
    }

    public var text: String {
        var table = Table([
            ("ALGORITHM", .left), ("SECONDS FOR", .left), ("MLP", .right), ("HYPER", .right), ("HYPER/MLP", .right),
            ("PAPER MLP", .right), ("PAPER HYPER", .right), ("PAPER HYPER/MLP", .right),
        ])
        func ratio(_ hyper: Double?, _ mlp: Double?) -> String {
            guard let hyper, let mlp else { return "-" }
            return decimal(hyper / mlp, 2)
        }
        for row in rows {
            let missing = row.hyper == nil ? "not yet" : "-"
            table.add([
                row.paper.name, row.paper.unit, row.mlp.map { decimal($0, 1) } ?? missing,
                row.hyper.map { decimal($0, 1) } ?? missing, ratio(row.hyper, row.mlp),
                row.paper.mlp.map { decimal($0, 0) } ?? "-", decimal(row.paper.hyper, 0),
                ratio(row.paper.hyper, row.paper.mlp),
            ])
        }
        let measured =
            isScaled
            ? "Scaled: \(steps) steps were measured and multiplied to \(Self.paperSteps)."
            : "All \(steps) steps were measured."
        return "\(environment) on \(device.backend): \(device.name)\n\n\(table.text)\n\(measured)"
            + " \"Not yet\": the algorithm does not exist here. Paper: one RTX 2080 Ti.\n"
    }
}
