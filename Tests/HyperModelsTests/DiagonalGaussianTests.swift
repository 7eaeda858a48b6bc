import Foundation
import HyperModels
import HyperReference
import HyperTensor
import HyperTestSupport
import Testing

/// The unsquashed Gaussian as a distribution, in double precision.
@Suite struct DiagonalGaussianTests {
    private struct Numbers {
        let logProbabilities: [Double]
        let others: [Double]
        let divergence: Double
        let entropy: Double
    }

    /// log p and log q of actions, KL(p ‖ q) and the entropy of p, in one dimension.
    private func numbers(
        _ p: (mean: Double, logDeviation: Double), _ q: (mean: Double, logDeviation: Double), at actions: [Double]
    ) throws -> Numbers {
        let shape: Shape = [1, 1, actions.count, 1]
        let program = try Program.trace("gaussian") { trace in
            let distributions = [p, q].map {
                DiagonalGaussian(
                    mean: trace.constant($0.mean, shape), logDeviation: trace.constant($0.logDeviation, [1, 1, 1, 1]))
            }
            let input = trace.input("actions", TensorType(.float32, shape))
            trace.output("p", distributions[0].logProbability(of: input))
            trace.output("q", distributions[1].logProbability(of: input))
            trace.output("divergence", distributions[0].divergence(from: distributions[1]))
            trace.output("entropy", distributions[0].entropy)
        }
        let backend = ReferenceBackend()
        let found = try backend.compile(program, state: backend.makeState(StateLayout())).run([actions])
        return Numbers(logProbabilities: found[0], others: found[1], divergence: found[2][0], entropy: found[3][0])
    }

    /// The density integrates to 1, divergence and entropy are the integrals that define them.
    @Test(arguments: [((0.4, -0.6), (-0.5, 0.3)), ((-1.0, 0.7), (0.2, 0.1))])
    func integralsAgree(_ p: (Double, Double), _ q: (Double, Double)) throws {
        let width = 0.001
        let actions = stride(from: -25.0, through: 25.0, by: width).map { $0 }
        let found = try numbers(p, q, at: actions)
        let density = found.logProbabilities.map { exp($0) * width }
        func expectation(_ values: [Double]) -> Double { zip(density, values).reduce(0) { $0 + $1.0 * $1.1 } }
        #expect(abs(density.reduce(0, +) - 1) < 1e-9)
        #expect(abs(expectation(actions) - p.0) < 1e-9)
        #expect(abs(expectation(found.logProbabilities) + found.entropy) < 1e-9)
        let difference = zip(found.logProbabilities, found.others).map { $0 - $1 }
        #expect(abs(expectation(difference) - found.divergence) < 1e-9 && found.divergence > 0.1)
    }

    /// Of the divergence from itself without gradient the slope is 0 and the curvature the Fisher matrix: 1/σ² along μ, 2
    /// along log σ, in both directions of the divergence.
    @Test func curvatureIsTheFisherMatrix() throws {
        let shape: Shape = [1, 1, 1, 1]
        let program = try Program.trace("curvature") { trace in
            let parameters = ["mean", "log deviation"].map { trace.input($0, TensorType(.float32, shape)) }
            let distribution = DiagonalGaussian(mean: parameters[0], logDeviation: parameters[1])
            let fixed = distribution.stopGradient()
            let divergences = [distribution.divergence(from: fixed), fixed.divergence(from: distribution)]
            for (way, divergence) in divergences.enumerated() {
                for (row, slope) in trace.gradients(of: divergence, withRespectTo: parameters).enumerated() {
                    trace.output("slope\(way)\(row)", slope)
                    for (column, second) in trace.gradients(of: slope, withRespectTo: parameters).enumerated() {
                        trace.output("curvature\(way)\(row)\(column)", second)
                    }
                }
            }
        }
        let backend = ReferenceBackend()
        let found = try backend.compile(program, state: backend.makeState(StateLayout())).run([[0.3], [-0.4]])
        for way in 0..<2 {
            let expected = [0, exp(0.8), 0, 0, 0, 2]
            for (value, expected) in zip(found[6 * way..<6 * way + 6], expected) {
                #expect(abs(value[0] - expected) < 1e-12)
            }
        }
    }

    /// A sample's log-density is that of its noise less log σ, for one σ, one for each group and one for each sample.
    @Test(arguments: [1, 2, 6]) func deviationsBelongToGroups(_ rows: Int) throws {
        let (samples, actions) = (6, 2)
        let logs = (0..<rows * actions).map { 0.1 * Double($0) - 0.3 }
        let noise = (0..<samples * actions).map { sin(Double($0)) }
        let program = try Program.trace("rows") { trace in
            let shape: Shape = [1, 1, samples, actions]
            let distribution = DiagonalGaussian(
                mean: trace.constant(0.3, shape),
                logDeviation: trace.constant(logs, TensorType(.float32, [1, 1, rows, actions])))
            let sample = distribution.sample(noise: trace.constant(noise, TensorType(.float32, shape)))
            trace.output("sample", sample)
            trace.output("log probability", distribution.logProbability(of: sample))
            trace.output("divergence", distribution.divergence(from: distribution))
        }
        let backend = ReferenceBackend()
        let found = try backend.compile(program, state: backend.makeState(StateLayout())).run([])
        for sample in 0..<samples {
            let own = logs[(sample / (samples / rows)) * actions..<(sample / (samples / rows) + 1) * actions]
            let drawn = noise[sample * actions..<(sample + 1) * actions]
            let expected = zip(drawn, own).map { -$0 * $0 / 2 - $1 - log(2 * Double.pi) / 2 }.reduce(0, +)
            #expect(abs(found[1][sample] - expected) < 1e-12 && abs(found[2][sample]) < 1e-12)
            for (value, (noise, log)) in zip(found[0][sample * actions..<(sample + 1) * actions], zip(drawn, own)) {
                #expect(abs(value - (0.3 + exp(log) * noise)) < 1e-12)
            }
        }
    }
}
