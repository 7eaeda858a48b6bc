/// The gradient of the linear function that fits sampled action values best (paper, App. B):
///
/// `g = argmin Σᵢⱼ ((aⱼ − aᵢ)·g − (qⱼ − qᵢ))² = (X̃ᵀX̃)⁻¹ X̃ᵀ d` over all pairs of samples.
///
/// The sum over pairs is 2N times that over samples minus their mean, so the pairs need not be formed: `g` is the slope
/// of the ordinary least-squares fit with an intercept, solved here by Householder QR with column pivoting.
public struct LinearFit: Sendable, Equatable {
    /// g, one number for each element of the action.
    public let gradient: [Double]
    /// Share of the values' variance that the linear function explains, R²; 1 if the values do not vary.
    public let determination: Double

    /// Why samples determine no gradient.
    public enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        case tooFewSamples(count: Int, actionSize: Int)
        /// An element of the action has the same value in all samples.
        case constantElement(Int, value: Double)
        /// An element follows from the others.
        case dependentElement(Int)
        /// An action or a value is infinite or NaN.
        case notFinite

        public var description: String {
            switch self {
            case .tooFewSamples(let count, let size):
                "\(count) samples cannot determine a gradient of \(size) numbers; at least \(size + 1) are needed"
            case .constantElement(let index, let value):
                "element \(index) of the action was never varied: it is \(value) in every sample"
            case .dependentElement(let index):
                "element \(index) of the action follows from the others in every sample"
            case .notFinite: "an action or a value is not finite"
            }
        }
    }

    /// - Parameters:
    ///   - actions: `[samples][actionSize]`.
    ///   - values: One for each sample.
    public init(actions: [[Double]], values: [Double]) throws(Failure) {
        let count = values.count
        let size = actions.first?.count ?? 0
        guard count > size, size > 0 else { throw .tooFewSamples(count: count, actionSize: size) }
        guard values.allSatisfy(\.isFinite), actions.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { throw .notFinite }
        for index in 0..<size where actions.allSatisfy({ $0[index] == actions[0][index] }) {
            throw .constantElement(index, value: actions[0][index])
        }
        let valueMean = values.reduce(0, +) / Double(count)
        var right = values.map { $0 - valueMean }
        var columns = (0..<size).map { column in
            let mean = actions.reduce(0) { $0 + $1[column] } / Double(count)
            return actions.map { $0[column] - mean }
        }
        gradient = try Self.solve(&columns, &right)
        let rest = right.dropFirst(size).reduce(0) { $0 + $1 * $1 }
        let total = values.reduce(0) { $0 + ($1 - valueMean) * ($1 - valueMean) }
        determination = total > 0 ? 1 - rest / total : 1
    }

    /// Turns the columns into R and the right side into Qᵀ·right, in place, and solves R·x = Qᵀ·right.
    private static func solve(_ columns: inout [[Double]], _ right: inout [Double]) throws(Failure) -> [Double] {
        let size = columns.count
        let largest = columns.map(VectorMath.norm).max() ?? 0
        /// `order[k]` is the column that came to place k.
        var order = Array(0..<size)
        for step in 0..<size {
            let norms = (step..<size).map { VectorMath.norm(Array(columns[$0][step...])) }
            let pivot = step + (norms.indices.max { norms[$0] < norms[$1] } ?? 0)
            columns.swapAt(step, pivot)
            order.swapAt(step, pivot)
            let length = norms[pivot - step]
            guard length > 1e-9 * largest else { throw .dependentElement(order[step]) }
            // The sign that adds, so that nothing cancels.
            let diagonal = columns[step][step] > 0 ? -length : length
            var reflector = Array(columns[step][step...])
            reflector[0] -= diagonal
            let scale = 2 / VectorMath.dot(reflector, reflector)
            func reflect(_ vector: inout [Double]) {
                let factor = scale * VectorMath.dot(reflector, Array(vector[step...]))
                for index in reflector.indices { vector[step + index] -= factor * reflector[index] }
            }
            for column in step..<size { reflect(&columns[column]) }
            reflect(&right)
        }
        var solution = [Double](repeating: 0, count: size)
        for row in (0..<size).reversed() {
            let known = (row + 1..<size).reduce(0) { $0 + columns[$1][row] * solution[order[$1]] }
            solution[order[row]] = (right[row] - known) / columns[row][row]
        }
        return solution
    }
}
