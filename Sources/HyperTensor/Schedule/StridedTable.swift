/// A contiguous tensor in which a view with the same sizes and strides as a given one can be found.
struct StridedTable {
    /// Sizes of the contiguous tensor, largest stride first.
    let sizes: [Int]
    private let target: View
    /// Axes of the view that walk through memory, largest stride first.
    private let axes: [Int]
    /// Whether neighbours in the innermost axis are not neighbours in memory.
    private let isSpread: Bool

    init(_ view: View) {
        // Axes that run through each other, as of a diagonal: no slice of a tensor is like that.
        let target = Self.outerSizes(view) == nil ? View(contiguous: Shape(view.shape)) : view
        let axes = Self.walkingAxes(target)
        let pitch = axes.last.map { target.strides[$0] } ?? 1
        isSpread = pitch > 1
        sizes = (Self.outerSizes(target) ?? []) + (isSpread ? [pitch] : [])
        self.axes = axes
        self.target = target
    }

    private static func walkingAxes(_ view: View) -> [Int] {
        view.shape.indices.filter { view.shape[$0] != 1 && view.strides[$0] != 0 }
            .sorted { view.strides[$0] > view.strides[$1] }
    }

    /// Sizes of a tensor whose axes have the view's strides, in units of its smallest stride; nil if there is none.
    private static func outerSizes(_ view: View) -> [Int]? {
        let axes = walkingAxes(view)
        guard let first = axes.first else { return [] }
        var sizes = [view.shape[first]]
        for (outer, inner) in zip(axes, axes.dropFirst()) {
            let (size, rest) = view.strides[outer].quotientAndRemainder(dividingBy: view.strides[inner])
            guard rest == 0, size >= view.shape[inner] else { return nil }
            sizes.append(size)
        }
        return sizes
    }

    /// The view, made of a tensor of `sizes`.
    func view(of tensor: Tensor) -> Tensor {
        let taken = axes.map { target.shape[$0] }
        let block = tensor.slice(
            starts: [Int](repeating: 0, count: sizes.count), sizes: isSpread ? taken + [1] : taken
        ).reshaped(to: Shape(taken))
        // Back into the view's own order, then axes of size 1 and repetitions.
        let order = axes.sorted()
        let ordered = block.transposed(order.map { axis in axes.firstIndex(of: axis) ?? 0 })
        let shape = target.shape.indices.map { axes.contains($0) ? target.shape[$0] : 1 }
        return ordered.reshaped(to: Shape(shape)).broadcast(to: Shape(target.shape))
    }
}
