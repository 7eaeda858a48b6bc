import HyperTensor

/// The effects that move parameters.
enum ReferenceUpdates {
    /// One step of Adam; `AdamUpdate` has the equations.
    ///
    /// - Parameter operands: The gradient of each parameter, then scale `[2]`.
    static func adam(_ update: AdamUpdate, _ operands: [[Double]], _ state: inout ReferenceState) throws {
        let scale = operands[update.parameters.count]
        let (beta1, beta2, epsilon) = (update.beta1, update.beta2, update.epsilon)
        for (index, parameter) in update.parameters.enumerated() {
            let gradient = operands[index]
            var values = try state.values(of: parameter)
            var first = try state.values(of: update.firstMoments[index])
            var second = try state.values(of: update.secondMoments[index])
            for element in values.indices {
                let slope = gradient[element]
                first[element] = beta1 * first[element] + (1 - beta1) * slope
                second[element] = beta2 * second[element] + (1 - beta2) * slope * slope
                values[element] -= scale[0] * first[element] / (second[element].squareRoot() * scale[1] + epsilon)
            }
            try state.set(parameter, to: values)
            try state.set(update.firstMoments[index], to: first)
            try state.set(update.secondMoments[index], to: second)
        }
    }

    /// `target ← target + rate · (source − target)`.
    static func softUpdate(_ update: SoftUpdate, _ state: inout ReferenceState) throws {
        let rate = update.rate
        for (target, source) in zip(update.targets, update.sources) {
            let (old, new) = (try state.values(of: target), try state.values(of: source))
            try state.set(target, to: zip(old, new).map { $0 + rate * ($1 - $0) })
        }
    }
}
