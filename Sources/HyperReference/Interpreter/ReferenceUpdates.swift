import HyperTensor

/// The effects that move parameters.
enum ReferenceUpdates {
    /// One step of Adam; `AdamUpdate` has the equations.
    ///
    /// - Parameter operands: The gradient of each parameter, then scale `[2]`.
    static func adam(_ update: AdamUpdate, _ operands: [[Double]], _ state: inout ReferenceState) throws {
        for (index, parameter) in update.parameters.enumerated() {
            let stepped = adam(
                update.beta1, update.beta2, update.epsilon, scale: operands[update.parameters.count],
                gradient: operands[index], parameter: try state.values(of: parameter),
                first: try state.values(of: update.firstMoments[index]),
                second: try state.values(of: update.secondMoments[index]))
            try state.set(parameter, to: stepped.parameter)
            try state.set(update.firstMoments[index], to: stepped.first)
            try state.set(update.secondMoments[index], to: stepped.second)
        }
    }

    /// The step of one parameter.
    static func adam(
        _ beta1: Double, _ beta2: Double, _ epsilon: Double, scale: [Double], gradient: [Double], parameter: [Double],
        first: [Double], second: [Double]
    ) -> (parameter: [Double], first: [Double], second: [Double]) {
        var (parameter, first, second) = (parameter, first, second)
        for element in parameter.indices {
            let slope = gradient[element]
            first[element] = beta1 * first[element] + (1 - beta1) * slope
            second[element] = beta2 * second[element] + (1 - beta2) * slope * slope
            parameter[element] -= scale[0] * first[element] / (second[element].squareRoot() * scale[1] + epsilon)
        }
        return (parameter, first, second)
    }

    /// `target ← target + rate · (source − target)`; every source is what it was before the first target moved.
    static func softUpdate(_ update: SoftUpdate, _ state: inout ReferenceState) throws {
        let sources = try update.sources.map { try state.values(of: $0) }
        for (target, source) in zip(update.targets, sources) {
            try state.set(target, to: moved(try state.values(of: target), to: source, rate: update.rate))
        }
    }

    static func moved(_ target: [Double], to source: [Double], rate: Double) -> [Double] {
        zip(target, source).map { $0 + rate * ($1 - $0) }
    }
}
