import HyperRandom
import HyperTensor

extension BackendParity {
    /// Values, first and second derivatives of a residual block that makes the weights of a dynamic layer, on two backends.
    ///
    /// Differences are relative to the largest element of each tensor. Where rounding decides whether a ReLU is on, derivatives
    /// jump; such flips are counted, and a derivative can hold its limit only where there are none.
    public static func derivativeChecks(of backend: any Backend, against other: any Backend) throws -> [Check] {
        let (program, inputs) = try derivativeProgram()
        let ours = try outputs(of: program, inputs, on: backend)
        let theirs = try outputs(of: program, inputs, on: other)
        var worst: [String: Double] = [:]
        for (index, output) in program.outputs.enumerated() {
            let order = output.name.split(separator: " ")[0]
            let value = order == "mask" ? differing(ours[index], theirs[index]) : distance(ours[index], theirs[index])
            worst[String(order), default: 0] =
                order == "mask" ? worst["mask", default: 0] + value : max(worst[String(order), default: 0], value)
        }
        return [
            Check(name: "ReLU masks that flip", value: worst["mask"] ?? .infinity, limit: 3),
            Check(name: "forward values, relative to the largest", value: worst["value"] ?? .infinity, limit: 1e-5),
            Check(name: "first derivatives, relative to the largest", value: worst["first"] ?? .infinity, limit: 1e-5),
            Check(
                name: "second derivatives, relative to the largest", value: worst["second"] ?? .infinity, limit: 1e-5),
        ]
    }

    /// Outputs are named by what they are: mask, value, first, second.
    private static func derivativeProgram() throws -> (program: Program, inputs: [[Float]]) {
        let (batch, state, width, action, hidden) = (40, 11, 33, 3, 17)
        let lead: Shape = [2, 2]
        // The shape below the replica axes and the size of the numbers.
        let types: [(name: String, shape: Shape, scale: Float)] = [
            ("states", [batch, state], 1), ("actions", [batch, action], 0.5), ("input", [state, width], 0.3),
            ("first", [width, width], 0.17), ("second", [width, width], 0.17),
            ("head", [width, action * hidden], 0.17),
        ]
        let program = try Program.trace("derivatives") { trace in
            let x = types.map { trace.input($0.name, TensorType(.float32, lead + $0.shape)) }
            let before = x[0].matmul(x[2])
            let inside = before.relu().matmul(x[3])
            let latent = before + inside.relu().matmul(x[4])
            let weights = latent.matmul(x[5]).reshaped(to: lead + [batch, action, hidden])
            let dynamic = x[1].reshaped(to: lead + [batch, 1, action]).matmul(weights).reshaped(
                to: lead + [batch, hidden])
            let values = dynamic.relu().sum(axes: [3]).tanh()
            for (index, value) in [before, inside, dynamic].enumerated() {
                trace.output("mask \(index)", trace.constant(0, value.shape) .< value)
            }
            trace.output("value", values)
            let moved = Array(x.dropFirst())
            let first = trace.gradients(
                of: values.square().sum(axes: [0, 1, 2, 3]).reshaped(to: []), withRespectTo: moved)
            let slope = first.map { $0.square().sum(axes: Array(0..<$0.shape.rank)).reshaped(to: []) }.reduce(
                trace.constant(0), +)
            let second = trace.gradients(of: slope, withRespectTo: moved)
            for (index, gradient) in first.enumerated() { trace.output("first \(types[index + 1].name)", gradient) }
            for (index, gradient) in second.enumerated() { trace.output("second \(types[index + 1].name)", gradient) }
        }
        let stream = RandomStream(seed: 1, stream: .probe)
        let inputs = types.enumerated().map { index, type in
            (0..<UInt32((lead + type.shape).count)).map { type.scale * stream.normal(step: UInt64(index), lane: $0) }
        }
        return (program, inputs)
    }

    private static func outputs(of program: Program, _ inputs: [[Float]], on backend: any Backend) throws -> [[Float]] {
        let compiled = try backend.compile(program, state: backend.makeState(StateLayout()))
        for (index, values) in inputs.enumerated() { try compiled.setInput(index, values) }
        try compiled.run()
        return try program.outputs.indices.map { try compiled.output($0) }
    }
}
