import HyperTensor

/// Gradients of what was traced so far, and gradients of these.
extension ProgramMaker {
    func takeGradients() {
        guard gradientsLeft > 0 else { return keep(unary(any())) }
        gradientsLeft -= 1
        let parts = (0..<1 + choices.below(3)).map { _ in recent().tanh().total }
        let loss = parts.dropFirst().reduce(parts[0], +)
        let targets = (0..<1 + choices.below(4)).map { _ in choices.pick(sources) }
        let gradients = trace.gradients(of: loss, withRespectTo: targets)
        for gradient in gradients {
            if choices.chance(1, of: 2) { output(gradient, prefix: "gradient") }
            keep(gradient.tanh())
        }
        guard choices.chance(1, of: 2) else { return }
        let slope = choices.pick(gradients).tanh().square().total
        for (index, gradient) in trace.gradients(of: slope, withRespectTo: Array(targets.prefix(2))).enumerated() {
            if index == 0 || choices.chance(1, of: 2) { output(gradient, prefix: "second") }
            keep(gradient.tanh())
        }
    }
}
