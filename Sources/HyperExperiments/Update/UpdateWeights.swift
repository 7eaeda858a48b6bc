import HyperAgents
import HyperFormats
import HyperTensor

/// What an update begins from, in a file: a run's weights, a checkpoint's state, what an earlier update wrote, or made by hand.
struct UpdateWeights {
    /// Updates done before, by name.
    let counts: [String: Int]
    /// What training would draw noise with: the run's seed, and the environment step that comes next.
    let seed: UInt32
    let step: Int

    private let tensors: GivenTensors
    private let function: any UpdateFunction

    private static let stepName = "training.step"
    /// Groups of a checkpoint's tensors that no update uses, and of an earlier update's results.
    private static let otherGroups: Set<String> = [
        "training", "replay", "environment", "log", "losses_were_finite", UpdateNames.results,
    ]

    /// Checks names and shapes.
    ///
    /// - Throws: `FormatError`.
    init(_ function: any UpdateFunction, _ tensors: GivenTensors) throws {
        self.tensors = tensors
        self.function = function
        counts = Dictionary(
            uniqueKeysWithValues: try function.counts.map { ($0, try tensors.count($0)) })
        seed = try Self.number("seed", in: tensors, upTo: Int(UInt32.max)).map { UInt32($0) } ?? 0
        step =
            tensors.file.tensors[Self.stepName] != nil
            ? try tensors.count(Self.stepName) : try Self.number("step", in: tensors, upTo: Int(Int32.max) - 1) ?? 0
        try checkNames()
        for variable in function.layout.arenas.filter(isGiven).flatMap(\.variables) {
            _ = try tensors.file.entry(named: variable.name, shape: Self.shape(of: variable))
        }
    }

    private func checkNames() throws {
        let own = Set(function.layout.variables.map(\.name) + function.counts + function.unusedCheckpointNames)
        let others = tensors.file.names.filter { Self.otherGroups.contains(Self.group($0)) }
        try tensors.refuseUnknown(
            among: own.union(others), use: "\(function.algorithm) with this critic and these settings")
    }

    private static func group(_ name: String) -> String { String(name.prefix { $0 != "." }) }

    /// Whether the file holds an arena, or has to.
    private func isGiven(_ arena: Arena) -> Bool {
        switch function.beginning(of: arena) {
        case .required: true
        case .zero, .copy: arena.variables.contains { tensors.file.tensors[$0.name] != nil }
        }
    }

    /// Sets every variable.
    func load(into run: UpdateRun) throws {
        // What is copied is there before its copies.
        for isGiven in [true, false] {
            for arena in function.layout.arenas where self.isGiven(arena) == isGiven {
                guard isGiven else {
                    try run.begin(arena)
                    continue
                }
                for variable in arena.variables {
                    try run.set(variable, to: tensors.values(variable.name, shape: Self.shape(of: variable)))
                }
            }
        }
    }

    static func shape(of variable: Variable) -> [Int] { Array(variable.shape.dimensions.dropFirst()) }

    /// A whole number in the file's metadata; nil if there is none of that name.
    private static func number(_ name: String, in tensors: GivenTensors, upTo largest: Int) throws -> Int? {
        guard let text = tensors.file.metadata[name] else { return nil }
        guard let number = Int(text), (0...largest).contains(number) else {
            throw tensors.failure("metadata '\(name)' is '\(text)', not a number from 0 to \(largest)")
        }
        return number
    }
}
