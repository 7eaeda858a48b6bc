import Foundation
import HyperReference
import HyperTensor
import Testing

@testable import HyperModels

/// The squashed Gaussian as a distribution, in double precision.
@Suite struct GaussianActorTests {
    /// Actions, log-densities and mean actions of one-dimensional distributions.
    private func sample(
        mean: Double, logDeviation: Double, limit: Double, noise: [Double]
    ) throws -> (actions: [Double], logProbabilities: [Double], meanAction: Double, gradients: [Double]) {
        let shape: Shape = [1, 1, noise.count, 1]
        let program = try Program.trace("sample") { trace in
            let parameters = ["mean", "log deviation"].map { trace.input($0, TensorType(.float32, shape)) }
            let distribution = SquashedGaussian(
                mean: parameters[0], logDeviation: parameters[1], actionLimit: limit)
            let sample = distribution.sample(noise: trace.input("noise", TensorType(.float32, shape)))
            trace.output("actions", sample.actions)
            trace.output("log probability", sample.logProbability)
            trace.output("mean action", distribution.meanAction)
            for (index, gradient) in trace.gradients(of: sample.logProbability, withRespectTo: parameters).enumerated()
            {
                trace.output("gradient \(index)", gradient)
            }
        }
        let backend = ReferenceBackend()
        let compiled = try backend.compile(program, state: backend.makeState(StateLayout()))
        let double = try #require(compiled as? ReferenceProgram)
        double.inputs = [
            [Double](repeating: mean, count: noise.count), [Double](repeating: logDeviation, count: noise.count), noise,
        ]
        try double.run()
        let outputs = double.outputs
        return (outputs[0], outputs[1], outputs[2][0], outputs[3] + outputs[4])
    }

    /// Densities over the whole range of actions integrate to 1: normal density, tanh and limit are all in them.
    @Test(arguments: [(0.3, -0.5, 1.0), (-0.8, 0.2, 2.5)])
    func densitiesIntegrateToOne(_ mean: Double, _ logDeviation: Double, _ limit: Double) throws {
        let noise = stride(from: -8.0, through: 8.0, by: 0.005).map { $0 }
        let (actions, logs, meanAction, _) = try sample(
            mean: mean, logDeviation: logDeviation, limit: limit, noise: noise)
        var integral = 0.0
        for index in 1..<actions.count {
            let width = actions[index] - actions[index - 1]
            integral += width * (exp(logs[index]) + exp(logs[index - 1])) / 2
        }
        #expect(abs(integral - 1) < 1e-4, "\(integral)")
        #expect(actions.allSatisfy { abs($0) <= limit })
        #expect(abs(meanAction - limit * tanh(mean)) < 1e-12)
    }

    /// Far out, where 1 − tanh² is 0 in any precision, the density and its gradients are still what they should be.
    @Test func densitiesHoldFarOut() throws {
        for mean in [-60.0, 60] {
            let (_, logs, _, gradients) = try sample(mean: mean, logDeviation: -1, limit: 1, noise: [0.5])
            // log(1 − tanh²u) → 2 log 2 − 2|u|.
            let u = mean + exp(-1) * 0.5
            let expected = -0.125 + 1 - 0.5 * log(2 * Double.pi) - 2 * log(2) + 2 * abs(u)
            #expect(abs(logs[0] - expected) < 1e-9, "\(logs[0]), expected \(expected)")
            #expect(abs(gradients[0] - (mean < 0 ? -2 : 2)) < 1e-9, "\(gradients[0])")
        }
    }
}
