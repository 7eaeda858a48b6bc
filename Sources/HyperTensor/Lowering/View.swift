/// How a launch walks through the memory of a value: element `i…` lies at `offset + Σ iₐ · strides[a]`, in elements.
///
/// Broadcast, slice, transpose and most reshapes are views, so they move nothing; stride 0 repeats.
public struct View: Hashable, Sendable {
    public var offset: Int
    public var shape: [Int]
    public var strides: [Int]

    public init(offset: Int, shape: [Int], strides: [Int]) {
        self.offset = offset
        self.shape = shape
        self.strides = strides
    }

    /// The whole of a contiguous tensor.
    public init(contiguous shape: Shape) {
        self.init(offset: 0, shape: shape.dimensions, strides: shape.strides)
    }

    public var count: Int { shape.reduce(1, *) }

    /// One past the last element that the view reaches; its offset if it has none. Strides are not negative.
    var end: Int { count == 0 ? offset : zip(shape, strides).reduce(offset + 1) { $0 + ($1.0 - 1) * $1.1 } }

    /// Whether elements follow each other in row-major order without gaps, beginning anywhere.
    public var isContiguous: Bool {
        var expected = 1
        for axis in shape.indices.reversed() where shape[axis] != 1 {
            if strides[axis] != expected { return false }
            expected *= shape[axis]
        }
        return true
    }

    public func broadcast(to target: Shape) -> View {
        var view = self
        for axis in shape.indices where shape[axis] != target[axis] {
            view.shape[axis] = target[axis]
            view.strides[axis] = 0
        }
        return view
    }

    public func transposed(_ permutation: [Int]) -> View {
        View(offset: offset, shape: permutation.map { shape[$0] }, strides: permutation.map { strides[$0] })
    }

    public func slice(starts: [Int], sizes: [Int]) -> View {
        View(offset: offset + zip(starts, strides).reduce(0) { $0 + $1.0 * $1.1 }, shape: sizes, strides: strides)
    }

    /// Views of one value that follow each other along `axis` without gaps, as one view; nil if they do not.
    ///
    /// - Parameter parts: At least one, of the same rank.
    public static func joined(_ parts: [View], axis: Int) -> View? {
        var whole = parts[0]
        for part in parts.dropFirst() {
            let next = whole.offset + whole.shape[axis] * whole.strides[axis]
            guard part.offset == next, part.strides == whole.strides, whole.strides[axis] != 0 else { return nil }
            whole.shape[axis] += part.shape[axis]
        }
        return whole
    }

    /// The same elements under another shape, or nil if no strides express it.
    public func reshaped(to target: Shape) -> View? {
        if count == 0 { return View(offset: offset, shape: target.dimensions, strides: target.strides) }
        // Axes of size 1 carry no information; match runs of old axes with runs of new ones of equal count.
        let old = shape.indices.filter { shape[$0] != 1 }
        var newStrides = [Int](repeating: 0, count: target.rank)
        var position = 0
        var axis = 0
        while axis < target.rank {
            if target[axis] == 1 {
                axis += 1
                continue
            }
            var newEnd = axis + 1
            var newCount = target[axis]
            var oldEnd = position
            var oldCount = 1
            while oldCount != newCount || oldEnd == position {
                if oldCount < newCount || oldEnd == position {
                    guard oldEnd < old.count else { return nil }
                    oldCount *= shape[old[oldEnd]]
                    oldEnd += 1
                } else {
                    guard newEnd < target.rank else { return nil }
                    newCount *= target[newEnd]
                    newEnd += 1
                }
            }
            // Old axes position..<oldEnd must be one contiguous run.
            for run in position..<(oldEnd - 1) {
                let (outer, inner) = (old[run], old[run + 1])
                guard strides[outer] == strides[inner] * shape[inner] else { return nil }
            }
            var stride = strides[old[oldEnd - 1]]
            for new in (axis..<newEnd).reversed() {
                newStrides[new] = stride
                stride *= target[new]
            }
            position = oldEnd
            axis = newEnd
        }
        return View(offset: offset, shape: target.dimensions, strides: newStrides)
    }

    /// This view and `others` of the same shape with axes of size 1 dropped and neighbours merged where, in each view,
    /// one stride serves both.
    public func collapsed(with others: [View] = []) -> [View] {
        let all = [self] + others
        var axes = shape.indices.filter { shape[$0] != 1 }
        var sizes = axes.map { shape[$0] }
        var strides = all.map { view in axes.map { view.strides[$0] } }
        var index = axes.count - 1
        while index > 0 {
            if strides.allSatisfy({ $0[index - 1] == $0[index] * sizes[index] }) {
                sizes[index] *= sizes[index - 1]
                sizes.remove(at: index - 1)
                axes.remove(at: index - 1)
                for view in strides.indices { strides[view].remove(at: index - 1) }
            }
            index -= 1
        }
        return all.indices.map { View(offset: all[$0].offset, shape: sizes, strides: strides[$0]) }
    }
}
