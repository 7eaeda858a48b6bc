import HyperTensor

/// Whether a backend computes what the interpreter computes.
public enum Agreement {
    /// Runs a program twice on a backend and in the interpreter and compares outputs and state after each run.
    ///
    /// - Parameters:
    ///   - inputs: Values of the program's inputs, exact in their types.
    ///   - initial: The state to begin with, likewise.
    ///   - layout: The state's layout.
    ///   - tolerance: How far the backend may be off.
    ///   - prepare: Called before each run, to set up memory whose contents must not matter.
    /// - Returns: One line for each value that disagrees, with the worst element; empty if the backend is right.
    public static func disagreements(
        of program: Program, on backend: any Backend, inputs: [[Double]], initial: ReferenceState, layout: StateLayout,
        tolerance: Tolerance, prepare: (any CompiledProgram) throws -> Void = { _ in }
    ) throws -> [String] {
        try ExpectedRuns(of: program, inputs: inputs, initial: initial, layout: layout, tolerance: tolerance)
            .disagreements(on: backend, prepare: prepare)
    }
}

extension OpCase {
    /// Where a backend disagrees with the interpreter on this case; empty if it is right.
    ///
    /// - Parameter prepare: Called before each of the two runs, to set up memory whose contents must not matter.
    public func disagreements(
        on backend: any Backend, seed: UInt32 = 0, prepare: (any CompiledProgram) throws -> Void = { _ in }
    ) throws -> [String] {
        try Agreement.disagreements(
            of: program(), on: backend, inputs: operandValues(seed: seed), initial: makeState(seed: seed),
            layout: layout(), tolerance: tolerance, prepare: prepare)
    }
}
