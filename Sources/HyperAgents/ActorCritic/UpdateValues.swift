import HyperTensor

/// What an off-policy update gives beside what it changes, as tensors of its program; all from before its steps.
struct UpdateValues {
    /// `[seeds, 1, batch, 1]`.
    let targets: Tensor
    /// Of the batch's own actions, `[seeds, 2, batch, 1]`.
    let values: Tensor
    /// `[seeds]` and axes of size 1, in the order of a program's outputs.
    var metrics: [(metric: UpdateMetric, value: Tensor)] = []
    /// Of each trained variable, in its shape.
    private(set) var gradients: [(variable: Variable, value: Tensor)] = []

    init(targets: Tensor, values: Tensor) {
        self.targets = targets
        self.values = values
    }

    /// - Parameter gradients: One for each variable of the arena.
    mutating func add(gradients: [Tensor], of arena: Arena) {
        self.gradients += zip(arena.variables, gradients).map { (variable: $0, value: $1) }
    }
}
