import HyperTensor

/// Where one copy of a network lies in state: its parameters, and its buffers if it has any.
public struct NetworkArenas: Hashable, Sendable {
    /// What an optimiser updates.
    public let parameters: Arena
    /// What forward passes keep by themselves; nil for most networks.
    public let buffers: Arena?

    /// Adds the arenas `<name>` and, for a network with buffers, `<name>_buffers` to `layout`.
    ///
    /// - Parameter role: `.weights`, or `.target` for a copy.
    public init(
        _ name: String, _ list: ParameterList, seeds: Int, members: Int, role: ArenaRole = .weights,
        in layout: inout StateLayout
    ) throws {
        parameters = try layout.addArena(name, list.members(seeds: seeds, members: members), role: role)
        let bufferMembers = list.bufferMembers(seeds: seeds, members: members)
        buffers = bufferMembers.isEmpty ? nil : try layout.addArena("\(name)_buffers", bufferMembers, role: role)
    }

    /// All arenas.
    public var all: [Arena] { [parameters] + [buffers].compactMap { $0 } }
}

extension Trace {
    /// `target ← target + rate · (source − target)` for parameters and buffers of two copies of a network.
    public func softUpdate(_ target: NetworkArenas, from source: NetworkArenas, rate: Double) {
        for (target, source) in zip(target.all, source.all) { softUpdate(target, from: source, rate: rate) }
    }
}
