extension Tensor {
    /// Axes of size 1 grow to `shape`; the rank stays.
    public func broadcast(to shape: Shape, file: String = #fileID, line: UInt = #line) -> Tensor {
        if shape == self.shape { return self }
        return record(.broadcast, shape: shape, at: SourceLocation(file: file, line: line))
    }

    public func reshaped(to shape: Shape, file: String = #fileID, line: UInt = #line) -> Tensor {
        if shape == self.shape { return self }
        return record(.reshape, shape: shape, at: SourceLocation(file: file, line: line))
    }

    /// The same elements with an axis of size 1 inserted before `axis`.
    public func expanded(at axis: Int, file: String = #fileID, line: UInt = #line) -> Tensor {
        var sizes = shape.dimensions
        guard (0...sizes.count).contains(axis) else {
            return record(.reshape, shape: nil, at: SourceLocation(file: file, line: line))
        }
        sizes.insert(1, at: axis)
        return reshaped(to: Shape(sizes), file: file, line: line)
    }

    /// Axis `i` of the result is axis `permutation[i]`.
    public func transposed(_ permutation: [Int], file: String = #fileID, line: UInt = #line) -> Tensor {
        if permutation == Array(0..<shape.rank) { return self }
        return record(.transpose(permutation), at: SourceLocation(file: file, line: line))
    }

    /// The block of `sizes` that begins at `starts`.
    public func slice(
        starts: [Int], sizes: [Int], file: String = #fileID, line: UInt = #line
    ) -> Tensor {
        guard sizes.allSatisfy({ $0 >= 0 }) else {
            return record(.slice(starts: starts), shape: nil, at: SourceLocation(file: file, line: line))
        }
        if sizes == shape.dimensions, starts.allSatisfy({ $0 == 0 }), starts.count == sizes.count { return self }
        return record(.slice(starts: starts), shape: Shape(sizes), at: SourceLocation(file: file, line: line))
    }

    /// `range` of one axis, all of the others.
    public func slice(axis: Int, _ range: Range<Int>, file: String = #fileID, line: UInt = #line) -> Tensor {
        var starts = [Int](repeating: 0, count: shape.rank)
        var sizes = shape.dimensions
        guard sizes.indices.contains(axis) else {
            return record(.slice(starts: []), shape: nil, at: SourceLocation(file: file, line: line))
        }
        starts[axis] = range.lowerBound
        sizes[axis] = range.count
        return slice(starts: starts, sizes: sizes, file: file, line: line)
    }

    /// This tensor inside zeros of `shape`, beginning at `before`.
    public func padded(to shape: Shape, before: [Int], file: String = #fileID, line: UInt = #line) -> Tensor {
        if shape == self.shape { return self }
        return record(.pad(before: before), shape: shape, at: SourceLocation(file: file, line: line))
    }

    /// The tensors one after the other along `axis`.
    public static func concatenate(
        _ tensors: [Tensor], axis: Int, file: String = #fileID, line: UInt = #line
    ) -> Tensor {
        precondition(!tensors.isEmpty, "concatenate: no tensors")
        if tensors.count == 1 { return tensors[0] }
        return tensors[0].record(
            .concatenate(axis: axis), Array(tensors.dropFirst()), at: SourceLocation(file: file, line: line))
    }
}
