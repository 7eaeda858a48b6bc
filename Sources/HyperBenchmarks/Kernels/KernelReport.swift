import HyperFormats

/// All rows of `hyperbench kernels`.
public struct KernelReport {
    public let roofline: Roofline
    public let rows: [KernelRow]

    public init(roofline: Roofline, rows: [KernelRow]) {
        self.roofline = roofline
        self.rows = rows
    }

    /// Rows whose results the reference contradicts.
    public var wrong: [KernelRow] { rows.filter { !$0.problems.isEmpty } }

    public var json: JSONValue {
        ["roofline": roofline.json, "kernels": .array(rows.map(\.json))]
    }

    public var text: String {
        var table = Table(KernelRow.columns)
        for row in rows { table.add(row.cells) }
        return """
            \(roofline.device.backend): \(roofline.device.name)
            Ceilings: \(decimal(roofline.peakOperations / 1e9, 0)) GFLOP/s; \
            \(roofline.streams.map { "\($0.level) \(decimal($0.gigabytesPerSecond, 0))" }.joined(separator: ", ")) GB/s; \
            a launch \(decimal(roofline.launch.minimum * 1e6, 2)) µs


            """ + table.text
    }
}
