import HyperFormats
import HyperTensor

/// Weights of one seed as a safetensors file: `[members, …]` for each parameter, under its variable's name.
/// docs/checkpoints.md gives names, shapes and the mapping from PyTorch.
public enum WeightsFile {
    /// Groups of tensors that a run's files may hold beside those that are asked for.
    static let knownGroups = [
        "critic", "critic_buffers", "actor", "critic_target", "critic_target_buffers", "actor_target",
    ]

    /// Writes one seed's part of the arenas.
    ///
    /// - Parameters:
    ///   - position: The seed's, on the variables' first axis.
    ///   - seedCount: Size of that axis.
    public static func write(
        _ arenas: [Arena], of state: any StateStore, position: Int, seedCount: Int, metadata: [String: String],
        to path: String
    ) throws {
        var tensors: [SafetensorsTensor] = []
        for variable in arenas.flatMap(\.variables) {
            let count = variable.type.count / seedCount
            var words = [UInt32](repeating: 0, count: count * variable.type.element.wordCount)
            try words.withUnsafeMutableBytes {
                try state.read(variable, elements: position * count..<(position + 1) * count, into: $0)
            }
            tensors.append(
                SafetensorsTensor(
                    name: variable.name, shape: Array(variable.shape.dimensions.dropFirst()),
                    elements: .stream(variable.type.element.savedType, count: count) { [words] write in
                        try words.withUnsafeBytes(write)
                    }))
        }
        try SafetensorsWriter.write(tensors, metadata: metadata, to: path)
    }

    /// Sets the variables of an arena (of a single seed) from a file.
    ///
    /// - Throws: `FormatError` that names a tensor which is missing, misshapen, of another group than a run's, or
    ///   beyond the arena's own group.
    public static func read(_ arena: Arena, into state: any StateStore, from path: String) throws {
        let file = try SafetensorsFile(contentsOf: path)
        let wanted = Set(arena.variables.map(\.name))
        for name in file.names where !wanted.contains(name) {
            let group = String(name.prefix { $0 != "." })
            guard group != arena.name, knownGroups.contains(group) else {
                throw FormatError(
                    path: path,
                    problem: "tensor '\(name)' does not belong to this \(arena.name); "
                        + "docs/checkpoints.md lists the names")
            }
        }
        // Everything is checked before anything is written.
        for variable in arena.variables {
            _ = try file.entry(named: variable.name, shape: Array(variable.shape.dimensions.dropFirst()))
        }
        for variable in arena.variables {
            if variable.type.element == .float64 {
                try state.write(doubles: file.doubles(named: variable.name), to: variable)
            } else {
                try state.write(file.floats(named: variable.name), to: variable)
            }
        }
    }
}
