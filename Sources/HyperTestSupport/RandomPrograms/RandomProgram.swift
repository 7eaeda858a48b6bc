import HyperRandom
import HyperReference
import HyperTensor

/// A program of random ops on random shapes, with state and effects: finds what cases of single ops cannot.
///
/// Equal seeds give equal programs and equal numbers. A program uses some of all families of ops, so that some programs have many of one
/// kind. Values stay within a few units and gradients within some hundreds, constants are exact in float32, and no number comes near a
/// kink except by chance: doubles agree to 1e-12, however a program is scheduled.
public struct RandomProgram: CustomStringConvertible, Sendable {
    public let seed: UInt32
    public let layout: StateLayout
    public let program: Program

    public var description: String { "seed \(seed)" }

    /// - Parameter opCount: Steps of the maker, each of which may trace several nodes; nil takes 6 to 45 by the seed.
    public init(seed: UInt32, opCount: Int? = nil) throws {
        var choices = Choices(seed: seed)
        let count = 6 + choices.below(40)
        let state = try ProgramState(hasWideParameters: choices.chance(1, of: 6))
        self.seed = seed
        layout = state.layout
        program = try Program.trace("random \(seed)") { trace in
            ProgramMaker(trace, state, choices).make(opCount: opCount ?? count)
        }
    }

    /// The program with its numbers, to be run and shrunk.
    public func specimen() throws -> ProgramSpecimen {
        ProgramSpecimen(program: program, layout: layout, inputs: inputs, initial: try makeState())
    }

    /// Standard normal values for every float32 input, small integers for the others, each exact in float32.
    public var inputs: [[Double]] {
        program.inputs.enumerated().map { index, input in
            ProgramNumbers.values(of: input.type, isScale: input.name == "scale", seed, UInt64(index))
        }
    }

    /// A state with standard normal values; second moments are at least 1/4.
    public func makeState() throws -> ReferenceState {
        var state = ReferenceState(layout)
        for (index, variable) in layout.variables.enumerated() {
            var values = ProgramNumbers.values(
                of: variable.type, isScale: variable.arena == "scale", seed, UInt64(100 + index))
            if variable.arena.hasSuffix(ProgramState.secondSuffix) {
                values = values.map { Double(Float($0 * $0 + 0.25)) }
            }
            try state.set(variable, to: values)
        }
        return state
    }

    /// Where a float32 backend disagrees with the interpreter by more than rounding that tens of ops pass on.
    public func disagreements(on backend: any Backend) throws -> [String] {
        try ProgramCheck.backend(backend).disagreements(specimen()).map(\.description)
    }
}

/// Numbers of inputs and variables that follow from a seed.
enum ProgramNumbers {
    /// - Parameter isScale: Whether they are the two scales of Adam's step.
    static func values(of type: TensorType, isScale: Bool, _ seed: UInt32, _ step: UInt64) -> [Double] {
        let stream = RandomStream(seed: seed, stream: .environment)
        return (0..<UInt32(type.count)).map { lane in
            switch type.element {
            case .float32, .float64:
                if isScale { return lane == 0 ? 0.0625 : 1.5 }
                return Double(stream.normal(step: step, lane: lane))
            // Among rows' indices are some outside of their tables.
            case .int32: return Double(stream.integer(below: 8, step: step, lane: lane)) - 1
            }
        }
    }
}
