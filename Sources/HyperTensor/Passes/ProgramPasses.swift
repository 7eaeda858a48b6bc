/// The passes over a program's nodes, in their order; SchedulePasses.swift has those behind them.
///
/// Each takes a program whose operands come before their users and whose effects are in order, and leaves such a program with the same
/// inputs, outputs and effects.
enum ProgramPass: String, CaseIterable {
    /// Leaves no two equal pure nodes, no constants that could be folded and no unused nodes.
    case simplification
    /// Leaves no sums of pads that do not overlap.
    case disjointPads
    /// Leaves no sums over matrices of a batch of products, where that is for free.
    case batchSums
    /// Leaves no products of which only a slice is used.
    case slicedProducts

    func apply(to program: Program) -> Program {
        switch self {
        case .simplification: return program.withoutEqualNodes()
        case .disjointPads: return program.withoutDisjointPads()
        case .batchSums: return program.withoutBatchSums()
        case .slicedProducts: return program.withSlicedProducts()
        }
    }
}

extension Program {
    /// The same program with equal pure nodes merged, constants folded, unused nodes dropped and less to compute.
    ///
    /// A merged node carries the phases of all the nodes that it replaces.
    public func simplified() -> Program {
        ProgramPass.allCases.reduce(self) { program, pass in
            let result = pass.apply(to: program)
            if Validation.isOn {
                Validation.require(ProgramVerifier.problems(in: result, madeFrom: program), "\(pass) of '\(name)'")
            }
            return result
        }
    }
}
