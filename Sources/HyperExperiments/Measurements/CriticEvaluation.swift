import HyperAgents
import HyperFormats
import HyperModels
import HyperTensor

/// Values and action gradients of a critic with given weights: `hyperrl critic evaluate`.
public struct CriticEvaluation {
    private let program: any CompiledProgram
    private let batch: Int
    private let actionSize: Int

    /// Loads the weights and compiles the critic for a batch.
    ///
    /// - Throws: `FormatError` for a weights file that does not fit.
    public init(
        _ critic: any Critic, stateSize: Int, actionSize: Int, batch: Int, weights path: String,
        backend: any Backend
    ) throws {
        var layout = StateLayout()
        let arenas = try NetworkArenas("critic", critic.parameters, seeds: 1, members: 2, in: &layout)
        let state = try backend.makeState(layout)
        for arena in arenas.all { try WeightsFile.read(arena, into: state, from: path) }
        let traced = try Program.trace("critic.evaluate") { trace in
            let states = trace.input("state", TensorType(.float32, [1, 1, batch, stateSize]))
            let actions = trace.input("action", TensorType(.float32, [1, 1, batch, actionSize]))
            let both = actions.broadcast(toMembers: 2)
            let values = critic(
                states: states.broadcast(toMembers: 2), actions: both, Parameters(reading: arenas, in: trace))
            trace.output("q", values)
            trace.output("dq_da", trace.gradients(of: values, withRespectTo: [both])[0])
        }
        program = try backend.compile(traced, state: state)
        self.batch = batch
        self.actionSize = actionSize
    }

    /// - Parameters:
    ///   - states: `[batch, stateSize]`.
    ///   - actions: `[batch, actionSize]`.
    /// - Returns: Q of both critics `[2, batch]` and dQ/da `[2, batch, actionSize]`.
    public func run(states: [Float], actions: [Float]) throws -> (values: [Float], actionGradients: [Float]) {
        try program.setInput(0, states)
        try program.setInput(1, actions)
        try program.run()
        return (try program.output(0), try program.output(1))
    }

    /// Reads `state` `[B, S]` and `action` `[B, A]` (F32 or F64), evaluates, and writes `q` `[2, B]` and `dq_da`
    /// `[2, B, A]` (F32).
    public static func evaluateFile(
        _ critic: any Critic, stateSize: Int, actionSize: Int, weights: String, inputs: String, output: String,
        backend: any Backend
    ) throws {
        let file = try SafetensorsFile(contentsOf: inputs)
        let stateShape = try file.entry(named: "state").shape
        let actionShape = try file.entry(named: "action").shape
        guard stateShape.count == 2, stateShape[1] == stateSize, stateShape[0] > 0 else {
            throw FormatError(
                path: inputs, problem: "tensor 'state' has shape \(stateShape), expected [B, \(stateSize)] with B ≥ 1")
        }
        guard actionShape == [stateShape[0], actionSize] else {
            throw FormatError(
                path: inputs,
                problem: "tensor 'action' has shape \(actionShape), expected [\(stateShape[0]), \(actionSize)]")
        }
        let batch = stateShape[0]
        let states = try floats(file, "state")
        let actions = try floats(file, "action")
        let evaluation = try CriticEvaluation(
            critic, stateSize: stateSize, actionSize: actionSize, batch: batch, weights: weights, backend: backend)
        let (values, gradients) = try evaluation.run(states: states, actions: actions)
        try SafetensorsWriter.write(
            [
                SafetensorsTensor(name: "q", shape: [2, batch], floats: values),
                SafetensorsTensor(name: "dq_da", shape: [2, batch, actionSize], floats: gradients),
            ], to: output)
    }

    private static func floats(_ file: SafetensorsFile, _ name: String) throws -> [Float] {
        switch try file.entry(named: name).dataType {
        case .float64: return try file.doubles(named: name).map { Float($0) }
        default: return try file.floats(named: name)
        }
    }
}
