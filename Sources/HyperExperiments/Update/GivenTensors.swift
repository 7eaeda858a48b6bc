import HyperFormats

/// How precisely numbers enter, are computed with, and leave.
public enum Precision: Sendable {
    case single
    case double
}

/// The tensors of a file that somebody made for a command: F32 or F64, finite, in the shapes that are needed, and no others.
struct GivenTensors {
    let file: SafetensorsFile
    let precision: Precision

    init(contentsOf path: String, precision: Precision) throws {
        file = try SafetensorsFile(contentsOf: path)
        self.precision = precision
    }

    func failure(_ problem: String) -> FormatError { FormatError(path: file.path, problem: problem) }

    /// A tensor's elements, row-major, rounded to float32 for single precision.
    ///
    /// - Throws: `FormatError` for another shape, another type, or an element that is not finite.
    func values(_ name: String, shape: [Int]) throws -> [Double] {
        var values = try file.doubles(named: name, shape: shape)
        try refuse(values, name) { $0.isFinite ? nil : "" }
        if precision == .single, try file.entry(named: name).dataType == .float64 {
            try refuse(values, name) {
                Float($0).isFinite ? nil : ", beyond float32; --double takes it"
            }
            values = values.map { Double(Float($0)) }
        }
        return values
    }

    /// As `values(_:shape:)`, for a tensor of zeros and ones.
    func flags(_ name: String, shape: [Int]) throws -> [Double] {
        let values = try values(name, shape: shape)
        try refuse(values, name) { $0 == 0 || $0 == 1 ? nil : "; it may be 0 or 1" }
        return values
    }

    /// A count in a tensor of one I64 element; 0 if there is no such tensor.
    func count(_ name: String) throws -> Int {
        guard file.tensors[name] != nil else { return 0 }
        let values = try file.int64s(named: name)
        guard values.count == 1, (0..<Int64(Int32.max)).contains(values[0]) else {
            throw failure("tensor '\(name)' is \(values.prefix(4)), not one number from 0 to \(Int32.max - 1)")
        }
        return Int(values[0])
    }

    /// - Throws: `FormatError` that names the first tensor, in the file's order, that is not known.
    func refuseUnknown(among known: Set<String>, use: String) throws {
        guard let name = file.names.first(where: { !known.contains($0) }) else { return }
        throw failure("tensor '\(name)' does not belong to \(use); docs/checkpoints.md lists the names")
    }

    /// - Parameter problem: What is wrong with an element beside its value; nil if nothing is.
    private func refuse(_ values: [Double], _ name: String, _ problem: (Double) -> String?) throws {
        for (index, value) in values.enumerated() {
            guard let problem = problem(value) else { continue }
            throw failure("tensor '\(name)': element \(index) is \(value)\(problem)")
        }
    }
}
