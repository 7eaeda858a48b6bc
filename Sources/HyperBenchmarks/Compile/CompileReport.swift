import Glibc
import HyperFormats
import HyperTensor

extension CompileBenchmark {
    /// The total of each row over that of the row before, of the same kind: as it is, and as if the program were twice as long;
    /// nil for the first, and for a program that is no longer than the one before.
    var ratios: [(plain: Double, perDoubling: Double)?] {
        rows.indices.map { index in
            guard index > 0, case let (before, now) = (rows[index - 1], rows[index]), before.growth == now.growth,
                before.nodes < now.nodes
            else { return nil }
            let ratio = now.times.total / before.times.total
            return (ratio, pow(ratio, 1 / log2(Double(now.nodes) / Double(before.nodes))))
        }
    }

    public var json: JSONValue {
        func milliseconds(_ seconds: Double) -> JSONValue { .double(rounded(seconds * 1e3, 3)) }
        var object = JSONObject()
        object["backend"] = .string(device.backend)
        object["device"] = .string(device.name)
        object["repeats"] = .integer(repeats)
        object["programs"] = .array(
            zip(rows, ratios).map { row, ratio in
                [
                    "growth": .string(row.growth.rawValue), "nodes": .integer(row.nodes),
                    "simplified_nodes": .integer(row.simplifiedNodes), "launches": .integer(row.launches),
                    "trace_ms": milliseconds(row.times.trace), "simplify_ms": milliseconds(row.times.simplify),
                    "schedule_ms": milliseconds(row.times.schedule),
                    "schedule_in_groups_ms": milliseconds(row.times.scheduleInGroups),
                    "bind_ms": milliseconds(row.times.bind), "total_ms": milliseconds(row.times.total),
                    "ratio": ratio.map { .double(rounded($0.plain, 3)) } ?? .null,
                    "ratio_per_doubling": ratio.map { .double(rounded($0.perDoubling, 3)) } ?? .null,
                ]
            })
        object["passes"] = .array(
            passes.map { row in
                [
                    "growth": .string(row.growth.rawValue), "nodes": .integer(row.nodes),
                    "pass": .string(row.pass.rawValue), "ms": milliseconds(row.seconds),
                ]
            })
        object["scratch"] = .array(
            scratch.map { row in
                [
                    "policy": .string(row.policy.rawValue), "grouped": .bool(row.isGrouped),
                    "planned_bytes": .integer(row.use.planned), "bound_bytes": .integer(row.use.bound),
                    "ratio": .double(rounded(row.use.ratio, 3)),
                ]
            })
        object["prepared"] = .array(
            prepared.map { row in
                [
                    "policy": .string(row.policy.rawValue), "launches": .integer(row.launches),
                    "prepared_launches": .integer(row.preparedLaunches),
                    "planned_bytes": .integer(row.plannedWhole),
                    "planned_bytes_prepared": .integer(row.plannedPrepared),
                ]
            })
        return .object(object)
    }

    public var text: String {
        var programs = Table([
            ("GROWN BY", .left), ("NODES", .right), ("SIMPLIFIED", .right), ("LAUNCHES", .right), ("TRACE", .right),
            ("SIMPLIFY", .right), ("SCHEDULE", .right), ("IN GROUPS", .right), ("BIND", .right), ("TOTAL", .right),
            ("RATIO", .right), ("PER DOUBLING", .right),
        ])
        func milliseconds(_ seconds: Double) -> String { decimal(seconds * 1e3, 1) }
        for (row, ratio) in zip(rows, ratios) {
            programs.add([
                row.growth.rawValue, "\(row.nodes)", "\(row.simplifiedNodes)", "\(row.launches)",
                milliseconds(row.times.trace), milliseconds(row.times.simplify), milliseconds(row.times.schedule),
                milliseconds(row.times.scheduleInGroups), milliseconds(row.times.bind), milliseconds(row.times.total),
                ratio.map { decimal($0.plain, 2) } ?? "-", ratio.map { decimal($0.perDoubling, 2) } ?? "-",
            ])
        }
        var memory = Table([
            ("POLICY", .left), ("SCHEDULE", .left), ("SCRATCH MIB", .right), ("BOUND MIB", .right), ("RATIO", .right),
        ])
        for row in scratch {
            memory.add([
                row.policy.rawValue, row.isGrouped ? "in groups" : device.backend,
                decimal(Double(row.use.planned) / 1_048_576, 1), decimal(Double(row.use.bound) / 1_048_576, 1),
                decimal(row.use.ratio, 2),
            ])
        }
        var kept = Table([
            ("POLICY", .left), ("LAUNCHES", .right), ("PREPARED", .right), ("SCRATCH MIB", .right),
            ("PREPARED MIB", .right),
        ])
        for row in prepared {
            kept.add([
                row.policy.rawValue, "\(row.launches)", "\(row.preparedLaunches)",
                decimal(Double(row.plannedWhole) / 1_048_576, 1), decimal(Double(row.plannedPrepared) / 1_048_576, 1),
            ])
        }
        return """
            Compiling second-order gradients of hypernetworks on \(device.backend): \(device.name)
            Milliseconds of processor time, medians of \(repeats); RATIO is TOTAL over that of the row before,
            PER DOUBLING what it would be for twice the nodes.

            \(programs.text)\(passText)
            Scratch memory of policies' second-order gradients, beside the values that are alive at once

            \(memory.text)
            Products with the Hessian of one batch: launches that run once for all products, and what keeping their results costs

            \(kept.text)
            """
    }

    /// A table for each kind of growth, with a column for each program.
    private var passText: String {
        MetaGradient.Growth.allCases.map { growth in
            let own = passes.filter { $0.growth == growth }
            if own.isEmpty { return "" }
            let programs = rows.filter { $0.growth == growth }
            var table = Table([("PASS", .left)] + programs.map { ("\($0.nodes) NODES", .right) })
            for (position, pass) in SchedulePass.allCases.enumerated() {
                let seconds = stride(from: position, to: own.count, by: SchedulePass.allCases.count).map {
                    own[$0].seconds
                }
                table.add([pass.rawValue] + seconds.map { decimal($0 * 1e3, 1) })
            }
            return "\nScheduling in groups, grown by \(growth.rawValue)\n\n\(table.text)"
        }.joined()
    }
}
