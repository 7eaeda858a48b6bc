import HyperTensor

/// Steps of Adam.
extension ProgramMaker {
    /// One step over an arena, between reads of parameters, moments and targets; now and then targets follow at once.
    func adam() {
        let entry = choices.pick(state.optimised)
        let stepped = [entry.parameters, entry.firstMoments, entry.secondMoments].flatMap(\.variables)
        readBefore(stepped)
        factors = []
        // Gradients of what the step itself changes, and of what follows it.
        if choices.chance(1, of: 3) {
            factorsWanted = (choices.pick([entry.parameters, entry.firstMoments] + entry.targets)).variables
        }
        let gradients =
            choices.chance(1, of: 3) ? lossGradients(entry.parameters) : freeGradients(entry.parameters, entry)
        factorsWanted = []
        // Something that reads parameters or targets after their gradients are known and before they change.
        if choices.chance(1, of: 3) {
            readBefore((choices.chance(1, of: 2) ? entry.parameters : choices.pick(entry.targets)).variables)
        }
        // What a gradient was computed from changes before the step.
        if !factors.isEmpty, choices.chance(1, of: 2) {
            let variable = choices.pick(factors)
            trace.assign(variable, choices.chance(1, of: 2) ? fitted(to: variable.shape) : trace.read(variable) * 0.5)
        }
        let (scale, beta1) = (scale(), choices.pick([0.9, 0.5]))
        watching(stepped) {
            trace.adam(
                entry.parameters, firstMoments: entry.firstMoments, secondMoments: entry.secondMoments,
                gradients: gradients, scale: scale, beta1: beta1)
        }
        if choices.chance(1, of: 3) { readBehind(stepped) }
        if choices.chance(1, of: 2) {
            move(choices.pick(entry.targets), towards: entry.parameters)
        }
        readBehind(stepped)
    }

    /// Gradients that no loss explains, of every kind that an optimiser may meet.
    private func freeGradients(_ parameters: Arena, _ entry: OptimisedArena) -> [Tensor] {
        var gradients: [Tensor] = []
        for variable in parameters.variables {
            let shape = variable.shape
            let twins = gradients.filter { $0.shape == shape }
            let alike = state.layout.variables.filter { $0.type == variable.type && $0.arena != "scale" }
            let isWide = shape.count > Self.mostElements
            let gradient: Tensor
            switch choices.below(8) {
            case 0, 1, 2:
                // The weights' gradient of a layer: inputs times slopes, summed over rows.
                gradient = product(
                    of: shape, depth: 1, inner: isWide ? 12 : nil, isTransposed: choices.chance(1, of: 3) ? true : nil)
            case 3 where !twins.isEmpty, 4 where !twins.isEmpty: gradient = choices.pick(twins)
            case 5: gradient = trace.read(choices.pick(alike))
            case 6: gradient = alike.count > 1 ? rolled(trace.read(choices.pick(alike))) : trace.read(variable)
            case 7: gradient = product(of: shape, depth: 1).tanh()
            default: gradient = fitted(to: shape)
            }
            gradients.append(gradient)
            if choices.chance(1, of: 8) { output(gradient) }
            if choices.chance(1, of: 8) { keep(gradient * 0.125) }
        }
        return gradients
    }

    /// The two parts of a value along its last axis that is longer than 1, exchanged.
    private func rolled(_ x: Tensor) -> Tensor {
        guard let axis = (0..<x.shape.rank).last(where: { x.shape[$0] > 1 }) else { return x }
        let size = x.shape[axis]
        let middle = 1 + choices.below(size - 1)
        return Tensor.concatenate(
            [x.slice(axis: axis, middle..<size), x.slice(axis: axis, 0..<middle)], axis: axis)
    }

    /// Gradients of a loss of a small network of the arena's parameters.
    private func lossGradients(_ parameters: Arena) -> [Tensor] {
        let weights = parameters.variables.map { trace.read($0) }
        let loss: Tensor
        switch parameters.name {
        case "weights":
            let x = choices.chance(1, of: 2) ? fitted(to: [2, 5, 6]) : fitted(to: [1, 5, 6]).broadcast(to: [2, 5, 6])
            let hidden = (x.matmul(weights[0]) + weights[1].broadcast(to: [2, 5, 4])).relu()
            if choices.chance(1, of: 3) { keep(hidden * 0.25) }
            loss = hidden.matmul(weights[2]).tanh().square().total
        case "pair":
            loss = (weights[0].matmul(weights[1], transposeRight: true) * 0.125).tanh().square().total
        default:
            let x = fitted(to: [9, 24], depth: 1)
            let hidden = (x.matmul(weights[0]) * 0.25 + weights[1].broadcast(to: [9, 40])).relu()
            loss = (hidden.sum(axes: [1]) * 0.0625).square().total
        }
        if choices.chance(1, of: 3) { output(loss) }
        return trace.gradients(of: loss, withRespectTo: weights)
    }

    /// Scales of a step `[2]`: given, known, held, or computed.
    private func scale() -> Tensor {
        switch choices.below(5) {
        case 0: return trace.constant([0.03125, 1.25], TensorType(.float32, [2]))
        case 1: return trace.read(state.scale)
        case 2: return trace.constant(0.25, [2])
        case 3: return fitted(to: [2]).sigmoid() * 0.0625 + trace.constant([0, 1], TensorType(.float32, [2]))
        default: return scaleInput
        }
    }
}
