import HyperTensor

/// Parameters with their moments, and arenas that follow them.
struct OptimisedArena {
    let parameters: Arena
    let firstMoments: Arena
    let secondMoments: Arena
    /// Arenas of the same layout; the second one may follow the first.
    let targets: [Arena]
}

/// The state of random programs: variables of the shapes that their inputs have too, tables of rows, integers, parameters.
struct ProgramState {
    /// How names of arenas of second moments end, which must not be negative.
    static let secondSuffix = "_v"

    let layout: StateLayout
    let optimised: [OptimisedArena]
    /// Seeds `[2]` and the step `[1]` of random numbers.
    let seeds: Variable
    let clock: Variable
    /// Adam's scales `[2]`.
    let scale: Variable
    /// Variables that anything may be assigned to.
    let free: [Variable]
    /// int32 variables that are indices of rows.
    let indices: Variable

    /// - Parameter hasWideParameters: Adds a weight whose gradient the CPU's blocked kernel computes, not the one for small products.
    init(hasWideParameters: Bool) throws {
        var layout = StateLayout()
        func type(_ shape: Shape) -> TensorType { TensorType(.float32, shape) }
        let held = try layout.addArena("held", [("square", type([4, 6])), ("row", type([1, 6]))])
        let other = try layout.addArena("other", [("square", type([4, 6])), ("row", type([1, 7]))])
        let table = try layout.addVariable("table", type([2, 5, 3]))
        indices = try layout.addVariable("indices", TensorType(.int32, [2, 4]))
        seeds = try layout.addVariable("seeds", TensorType(.int32, [2]))
        clock = try layout.addVariable("clock", TensorType(.int32, [1]))
        scale = try layout.addVariable("scale", type([2]))
        func optimised(_ name: String, _ members: [(String, TensorType)], targets: Int) throws -> OptimisedArena {
            let parameters = try layout.addArena(name, members.map { (name: $0.0, type: $0.1) })
            return OptimisedArena(
                parameters: parameters, firstMoments: try layout.addArena(name + "_m", like: parameters),
                secondMoments: try layout.addArena(name + Self.secondSuffix, like: parameters),
                targets: try (0..<targets).map { try layout.addArena("\(name)_target\($0)", like: parameters) })
        }
        var all = [
            try optimised(
                "weights", [("first", type([2, 6, 4])), ("bias", type([2, 1, 4])), ("second", type([2, 4, 1]))],
                targets: 2),
            try optimised("pair", [("a", type([4, 6])), ("b", type([4, 6]))], targets: 1),
        ]
        free =
            held.variables + other.variables + [table]
            + all.flatMap { entry in
                ([entry.parameters, entry.firstMoments] + entry.targets).flatMap(\.variables)
            }
        if hasWideParameters {
            all.append(try optimised("wide", [("weight", type([24, 40])), ("bias", type([1, 40]))], targets: 1))
        }
        self.layout = layout
        self.optimised = all
    }
}
