import HyperTensor

extension ReferenceValue {
    /// The elements of a strided view, row-major: index (i…) of `shape` is element `base + Σ i · stride`.
    func view(_ shape: Shape, base: Int, strides: [Int]) -> [Double] {
        var result: [Double] = []
        result.reserveCapacity(shape.count)
        ReferenceValue.visit(shape, base: base, strides: strides) { result.append(values[$0]) }
        return result
    }

    /// Calls `body` with `base + Σ i · stride` for every index of `shape`, in row-major order.
    static func visit(_ shape: Shape, base: Int, strides: [Int], _ body: (Int) -> Void) {
        guard shape.count > 0 else { return }
        var index = [Int](repeating: 0, count: shape.rank)
        var offset = base
        while true {
            body(offset)
            var axis = shape.rank - 1
            while axis >= 0 {
                index[axis] += 1
                offset += strides[axis]
                if index[axis] < shape[axis] { break }
                offset -= strides[axis] * shape[axis]
                index[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }

    func broadcast(to target: Shape) -> [Double] {
        let strides = (0..<shape.rank).map { shape[$0] == target[$0] ? shape.strides[$0] : 0 }
        return view(target, base: 0, strides: strides)
    }

    func transposed(_ permutation: [Int]) -> [Double] {
        view(Shape(permutation.map { shape[$0] }), base: 0, strides: permutation.map { shape.strides[$0] })
    }

    func sliced(starts: [Int], _ block: Shape) -> [Double] {
        view(block, base: offset(of: starts, in: shape), strides: shape.strides)
    }

    func padded(before: [Int], _ target: Shape) -> [Double] {
        var result = [Double](repeating: 0, count: target.count)
        var source = 0
        ReferenceValue.visit(shape, base: offset(of: before, in: target), strides: target.strides) {
            result[$0] = values[source]
            source += 1
        }
        return result
    }

    static func concatenated(_ parts: [ReferenceValue], axis: Int) -> [Double] {
        let outer = parts[0].shape.prefix(axis).count
        var result: [Double] = []
        for row in 0..<outer {
            for part in parts {
                let length = part.values.count / max(outer, 1)
                result += part.values[row * length..<(row + 1) * length]
            }
        }
        return result
    }

    private func offset(of index: [Int], in shape: Shape) -> Int {
        zip(index, shape.strides).reduce(0) { $0 + $1.0 * $1.1 }
    }
}
