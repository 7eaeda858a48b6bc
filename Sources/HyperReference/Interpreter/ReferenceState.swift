import HyperTensor

/// State variables in double precision; integers are held as exact doubles.
public struct ReferenceState: Sendable {
    private var values: [Variable: [Double]]

    /// All variables of `layout`, zeroed.
    public init(_ layout: StateLayout) {
        values = Dictionary(
            uniqueKeysWithValues: layout.variables.map { ($0, [Double](repeating: 0, count: $0.type.count)) })
    }

    /// All elements of a variable, row-major.
    ///
    /// - Throws: `TensorError` if the state does not hold the variable.
    public func values(of variable: Variable) throws -> [Double] {
        guard let held = values[variable] else {
            throw TensorError("reference: the state holds no variable \(variable)")
        }
        return held
    }

    /// Sets all elements of a variable.
    ///
    /// - Throws: `TensorError` if the state does not hold the variable or the count differs.
    public mutating func set(_ variable: Variable, to newValues: [Double]) throws {
        guard values[variable] != nil else {
            throw TensorError("reference: the state holds no variable \(variable)")
        }
        guard newValues.count == variable.type.count else {
            throw TensorError("reference: \(variable) takes \(variable.type.count) values, not \(newValues.count)")
        }
        values[variable] = newValues
    }

    func holds(_ variable: Variable) -> Bool { values[variable] != nil }
}
