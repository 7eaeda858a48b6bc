import HyperRandom
import HyperTensor

/// Draws the initial values of one network, each a function of seed and position in the list alone.
struct InitialValues {
    private let list: ParameterList
    private let network: UInt64
    /// Steps of the weights' stream name what is drawn; buffers lie behind all parameters.
    private static let bufferSteps: UInt64 = 1 << 24
    /// As many as PyTorch makes before the first use.
    private static let powerIterations = 15

    init(_ list: ParameterList, network: UInt64) {
        self.list = list
        self.network = network
    }

    /// Values of all members of a parameter for one seed, row-major `[replicas, …]`.
    func parameter(_ index: Int, replicas: Int, seed: UInt32) -> [Float] {
        values(list.specifications[index], step: UInt64(index), replicas, seed)
    }

    /// Values of all members of a buffer for one seed, row-major `[replicas, …]`.
    func buffer(_ index: Int, replicas: Int, seed: UInt32) -> [Float] {
        values(list.bufferSpecifications[index], step: Self.bufferSteps + UInt64(index), replicas, seed)
    }

    private func values(
        _ specification: ParameterSpecification, step: UInt64, _ replicas: Int, _ seed: UInt32
    ) -> [Float] {
        let count = replicas * specification.shape.count
        let stream = RandomStream(seed: seed, stream: .weights)
        let step = network << 32 | step
        switch specification.initializer {
        case .zeros: return [Float](repeating: 0, count: count)
        case .ones: return [Float](repeating: 1, count: count)
        case .constant(let value): return [Float](repeating: Float(value), count: count)
        case .uniform(let lower, let upper):
            let (low, span) = (Float(lower), Float(upper - lower))
            return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
                for block in 0..<(count + 3) / 4 {
                    let words = stream.words(step: step, block: UInt32(block))
                    for word in 0..<min(4, count - 4 * block) {
                        buffer[4 * block + word] = low + span * Float(words[word] >> 8) * 0x1p-24
                    }
                }
                initialized = count
            }
        case .columnNorms(let source):
            return matrices(source, replicas, seed).flatMap { $0.columnNorms }
        case .singularVector(let side, let source):
            return matrices(source, replicas, seed).enumerated().flatMap { replica, matrix in
                // Both sides start from the same numbers, so that they end as a pair.
                let start = (0..<matrix.columns).map {
                    stream.normal(
                        step: network << 32 | 2 * Self.bufferSteps + UInt64(source.index),
                        lane: UInt32(replica * matrix.columns + $0))
                }
                let pair = matrix.singularVectors(from: start, iterations: Self.powerIterations)
                return side == .input ? pair.input : pair.output
            }
        }
    }

    /// The initial values of a parameter `[in, out]`, one matrix for each replica.
    private func matrices(_ id: ParameterID, _ replicas: Int, _ seed: UInt32) -> [HostMatrix] {
        let shape = list.specifications[id.index].shape
        precondition(shape.rank == 2, "InitialValues: '\(list.specifications[id.index].name)' \(shape) is no matrix")
        let values = parameter(id.index, replicas: replicas, seed: seed)
        return (0..<replicas).map {
            HostMatrix(rows: shape[0], columns: shape[1], values: values[$0 * shape.count..<($0 + 1) * shape.count])
        }
    }
}

/// A matrix in host memory, row-major.
private struct HostMatrix {
    let rows: Int
    let columns: Int
    let values: ArraySlice<Float>

    /// The Euclidean norm of each column.
    var columnNorms: [Float] {
        var sums = [Float](repeating: 0, count: columns)
        forEachRow { _, row in for column in row.indices { sums[column] += row[column] * row[column] } }
        return sums.map { $0.squareRoot() }
    }

    /// Approximate unit singular vectors of the largest singular value: `v ← W u / ‖W u‖`, `u ← Wᵀ v / ‖Wᵀ v‖`.
    func singularVectors(from start: [Float], iterations: Int) -> (input: [Float], output: [Float]) {
        var output = Self.normalized(start)
        var input = [Float](repeating: 0, count: rows)
        for _ in 0..<iterations {
            output.withUnsafeBufferPointer { output in
                forEachRow { index, row in input[index] = Self.product(row, output) }
            }
            input = Self.normalized(input)
            var sums = [Float](repeating: 0, count: columns)
            sums.withUnsafeMutableBufferPointer { sums in
                forEachRow { index, row in
                    let factor = input[index]
                    for column in row.indices { sums[column] += factor * row[column] }
                }
            }
            output = Self.normalized(sums)
        }
        return (input, output)
    }

    /// The scalar product; eight sums side by side, because one alone would wait for each addition.
    private static func product(_ a: UnsafeBufferPointer<Float>, _ b: UnsafeBufferPointer<Float>) -> Float {
        var sums = SIMD8<Float>(repeating: 0)
        let whole = a.count / 8 * 8
        for start in stride(from: 0, to: whole, by: 8) {
            var (x, y) = (SIMD8<Float>(repeating: 0), SIMD8<Float>(repeating: 0))
            for lane in 0..<8 { (x[lane], y[lane]) = (a[start + lane], b[start + lane]) }
            sums += x * y
        }
        var sum = sums.sum()
        for index in whole..<a.count { sum += a[index] * b[index] }
        return sum
    }

    private func forEachRow(_ body: (Int, UnsafeBufferPointer<Float>) -> Void) {
        values.withUnsafeBufferPointer { all in
            for row in 0..<rows {
                body(row, UnsafeBufferPointer(rebasing: all[row * columns..<(row + 1) * columns]))
            }
        }
    }

    private static func normalized(_ vector: [Float]) -> [Float] {
        let norm = max(vector.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-12)
        return vector.map { $0 / norm }
    }
}
