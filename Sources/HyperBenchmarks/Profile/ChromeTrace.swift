import HyperFormats
import HyperTensor

/// Recorded runs in the Chrome trace format, which Perfetto and chrome://tracing open: one slice for each run of a
/// program and, inside it, one for each launch.
public enum ChromeTrace {
    /// - Returns: `{"traceEvents": [...], "displayTimeUnit": "ms"}`, times in microseconds from the first run's start.
    public static func json(_ runs: [RecordedRun], device: DeviceDescription) -> JSONValue {
        let origin = runs.first?.start ?? 0
        func slice(_ name: String, _ category: String, _ start: Double, _ end: Double, _ arguments: JSONValue)
            -> JSONValue
        {
            [
                "name": .string(name), "cat": .string(category), "ph": "X", "pid": 1, "tid": 1,
                "ts": .double(rounded((start - origin) * 1e6, 3)), "dur": .double(rounded((end - start) * 1e6, 3)),
                "args": arguments,
            ]
        }
        var events: [JSONValue] = [
            ["name": "process_name", "ph": "M", "pid": 1, "tid": 1, "args": ["name": .string("hyperbench step")]],
            ["name": "thread_name", "ph": "M", "pid": 1, "tid": 1, "args": ["name": .string(device.name)]],
        ]
        for run in runs {
            events.append(slice(run.program.program.name, "program", run.start, run.end, [:]))
            let calls = run.program.kernelCalls
            for timing in run.timings {
                let call = calls[timing.call]
                let shapes = call.launches.map(\.launch.shapeText)
                events.append(
                    slice(
                        call.name, call.phaseName, timing.start, timing.end,
                        [
                            "launch": .integer(timing.call), "shape": .string(shapes.joined(separator: "; ")),
                            "queued_us": .double(rounded((timing.start - timing.queued) * 1e6, 3)),
                        ]))
            }
        }
        return ["traceEvents": .array(events), "displayTimeUnit": "ms"]
    }
}

extension Launch {
    /// Sizes for profiles: `2x[100, 1024]·[1024, 256]` for a product, else the result's shape.
    var shapeText: String {
        switch self {
        case .matmul(let matmul):
            let batch = matmul.batch.reduce(1, *)
            return "\(batch)x[\(matmul.m), \(matmul.k)]·[\(matmul.k), \(matmul.n)]"
        case .dot(let shape, _, _, _): return "[\(shape.rows), \(shape.length)]"
        case .wideSum(let outer, let length, let inner, _, _), .reduce(_, let outer, let length, let inner, _, _):
            return "[\(outer), \(length), \(inner)]"
        case .adam(let update): return "[\(update.gradients.reduce(0) { $0 + $1.view.count })]"
        case .softUpdate(let update): return "[\(update.sources.reduce(0) { $0 + $1.view.count })]"
        case .assignRows(_, let rows, _, _): return "\(Shape(rows.view.shape))"
        case .elementwise, .gather, .scatterAdd, .random: return writes.map { "\(Shape($0.view.shape))" }.joined()
        }
    }
}
