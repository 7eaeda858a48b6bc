import HyperRandom
import HyperReference
import HyperTensor
import Testing

/// Curvature of a hypernetwork policy's KL divergence, as TRPO needs it: products with the Hessian and with the Fisher
/// matrix, through per-sample generated weights.
@Suite struct HyperPolicyCurvatureTests {
    private let policy = HyperPolicy()

    @Test func hessianProductsMatchDifferencesOfTheGradient() throws {
        let (at, old) = (policy.parameters(step: 0), policy.parameters(step: 1))
        let direction = policy.parameters(step: 2)
        let product = try policy.evaluate(at, old: old, direction).hessianProduct
        func gradient(_ distance: Double) throws -> [Double] {
            try policy.evaluate(zip(at, direction).map { $0 + distance * $1 }, old: old, direction).gradient
        }
        let step = 0x1p-11
        let (inner, outer) = (
            zip(try gradient(step), try gradient(-step)).map(-),
            zip(try gradient(2 * step), try gradient(-2 * step)).map(-)
        )
        let numeric = zip(inner, outer).map { (8 * $0 - $1) / (12 * step) }
        #expect(distance(product, numeric) < 1e-8)
        #expect(norm(product) > 0.1)
    }

    @Test func hessianIsSymmetric() throws {
        let (at, old) = (policy.parameters(step: 0), policy.parameters(step: 1))
        let (u, v) = (policy.parameters(step: 2), policy.parameters(step: 3))
        let (hu, hv) = (
            try policy.evaluate(at, old: old, u).hessianProduct, try policy.evaluate(at, old: old, v).hessianProduct
        )
        #expect((dot(u, hv) - dot(v, hu)).magnitude < 1e-12 * norm(u) * norm(hv))
    }

    @Test func hessianAtTheOldPolicyIsTheFisherMatrix() throws {
        let at = policy.parameters(step: 0)
        for step in 2..<7 {
            let direction = policy.parameters(step: UInt64(step))
            let result = try policy.evaluate(at, old: at, direction)
            #expect(result.divergence.magnitude < 1e-14)
            #expect(norm(result.gradient) < 1e-12)
            #expect(distance(result.hessianProduct, result.fisherProduct) < 1e-12)
            #expect(dot(direction, result.hessianProduct) > 0)
        }
    }

    private func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    private func norm(_ a: [Double]) -> Double { dot(a, a).squareRoot() }

    /// The distance of two vectors relative to the first.
    private func distance(_ a: [Double], _ b: [Double]) -> Double { norm(zip(a, b).map(-)) / norm(a) }
}

/// A Gaussian policy whose network on the state has weights made from a context, one set per sample.
private struct HyperPolicy {
    static let (batch, context, latent, state, hidden, action) = (6, 2, 4, 3, 5, 2)
    /// Primary layer, residual block, heads (weight, bias, gain) of two dynamic layers, log standard deviation.
    static let shapes: [Shape] =
        [[context, latent], [1, latent], [latent, latent], [1, latent]]
        + [(state, hidden), (hidden, action)].flatMap { inputs, outputs -> [Shape] in
            [[latent, inputs * outputs], [latent, outputs], [latent, outputs]]
        } + [[1, action]]

    struct Result {
        let divergence: Double
        let gradient: [Double]
        let hessianProduct: [Double]
        let fisherProduct: [Double]
    }

    private let stream = RandomStream(seed: 3, stream: .probe)

    /// Random parameters, all in one vector.
    func parameters(step: UInt64) -> [Double] {
        let count = Self.shapes.reduce(0) { $0 + $1.count }
        return (0..<UInt32(count)).map { 0.5 * Double(stream.normal(step: step, lane: $0)) }
    }

    /// KL(old ‖ new), its gradient and products at the new parameters, averaged over a fixed batch.
    func evaluate(_ parameters: [Double], old: [Double], _ direction: [Double]) throws -> Result {
        let program = try Program.trace("curvature") { trace in
            let new = inputs(trace, "new")
            let vector = inputs(trace, "direction")
            let (mean, logDeviation) = forward(trace, new)
            let (oldMean, oldLogDeviation) = forward(trace, inputs(trace, "old"))
            let divergence = self.divergence(oldMean, oldLogDeviation, mean, logDeviation)
            let gradient = trace.gradients(of: divergence, withRespectTo: new)
            trace.output("divergence", divergence)
            trace.output("gradient", flat(gradient))
            trace.output("hessian", flat(trace.gradients(of: inner(gradient, vector), withRespectTo: new)))
            trace.output("fisher", flat(fisherProduct(trace, new, vector, mean, logDeviation)))
        }
        var state = ReferenceState(StateLayout())
        let outputs = try ReferenceInterpreter(program).run(
            inputs: split(parameters) + split(direction) + split(old), state: &state)
        return Result(
            divergence: outputs[0][0], gradient: outputs[1], hessianProduct: outputs[2], fisherProduct: outputs[3])
    }

    private func inputs(_ trace: Trace, _ name: String) -> [Tensor] {
        Self.shapes.enumerated().map { trace.input("\(name)\($0.offset)", TensorType(.float32, $0.element)) }
    }

    /// Means `[batch, action]` and log standard deviation `[1, action]`.
    private func forward(_ trace: Trace, _ p: [Tensor]) -> (Tensor, Tensor) {
        let context = constants(trace, [Self.batch, Self.context], step: 100)
        let state = constants(trace, [Self.batch, Self.state], step: 101)
        let entry = context.matmul(p[0]) + p[1].broadcast(to: [Self.batch, Self.latent])
        let latent = entry + (entry.tanh().matmul(p[2]) + p[3].broadcast(to: entry.shape)).tanh()
        let hidden = dynamic(latent, Array(p[4...6]), state).relu()
        return (dynamic(latent, Array(p[7...9]), hidden), p[10])
    }

    /// `(1 + gain) · (x W) + bias`, with W, bias and gain made from the latent.
    private func dynamic(_ latent: Tensor, _ heads: [Tensor], _ x: Tensor) -> Tensor {
        let (batch, inputs, outputs) = (Self.batch, x.shape[1], heads[1].shape[1])
        let weight = latent.matmul(heads[0]).reshaped(to: [batch, inputs, outputs])
        let product = x.reshaped(to: [batch, 1, inputs]).matmul(weight).reshaped(to: [batch, outputs])
        return (1 + latent.matmul(heads[2])) * product + latent.matmul(heads[1])
    }

    /// `mean_b Σ_a log σ − log σ₀ + (σ₀² + (μ₀ − μ)²) / 2σ² − ½`.
    private func divergence(_ oldMean: Tensor, _ oldLog: Tensor, _ mean: Tensor, _ log: Tensor) -> Tensor {
        let shape = mean.shape
        let precision = (log * -2).exp().broadcast(to: shape) * 0.5
        let spread = (oldLog * 2).exp().broadcast(to: shape) + (oldMean - mean).square()
        let terms = (log - oldLog).broadcast(to: shape) + spread * precision - 0.5
        return terms.sum(axes: [0, 1]).reshaped(to: []) / Double(Self.batch)
    }

    /// `Jᵀ M J v` with J the Jacobian of (μ/σ, √2 log σ): the Fisher matrix without a second derivative of the network.
    private func fisherProduct(
        _ trace: Trace, _ parameters: [Tensor], _ vector: [Tensor], _ mean: Tensor, _ log: Tensor
    ) -> [Tensor] {
        let deviation = log.stopGradient().exp().broadcast(to: mean.shape)
        let scaled = [mean / deviation / Double(Self.batch).squareRoot(), log * 2.0.squareRoot()]
        var product = parameters.map { trace.constant(0, $0.shape) }
        for output in scaled {
            // J v is the derivative of (Jᵀ w) · v with respect to w, whatever w is.
            let weights = trace.constant(1, output.shape)
            let pulled = trace.gradients(of: output, withRespectTo: parameters, upstream: weights)
            let pushed = trace.gradients(of: inner(pulled, vector), withRespectTo: [weights])[0].stopGradient()
            let part = trace.gradients(of: output, withRespectTo: parameters, upstream: pushed)
            product = zip(product, part).map(+)
        }
        return product
    }

    /// The scalar product of two lists of tensors.
    private func inner(_ a: [Tensor], _ b: [Tensor]) -> Tensor {
        (flat(a) * flat(b)).sum(axes: [0]).reshaped(to: [])
    }

    private func flat(_ tensors: [Tensor]) -> Tensor {
        Tensor.concatenate(tensors.map { $0.reshaped(to: [$0.shape.count]) }, axis: 0)
    }

    private func constants(_ trace: Trace, _ shape: Shape, step: UInt64) -> Tensor {
        trace.constant(
            (0..<UInt32(shape.count)).map { Double(stream.normal(step: step, lane: $0)) }, TensorType(.float32, shape))
    }

    private func split(_ vector: [Double]) -> [[Double]] {
        var start = 0
        return Self.shapes.map { shape in
            defer { start += shape.count }
            return Array(vector[start..<start + shape.count])
        }
    }
}
