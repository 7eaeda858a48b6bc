/// Which elementwise nodes are computed together, and which matmul they follow.
///
/// A node joins the group of its users if all of them are in one group; so a group has one value that leaves it, its
/// root, and runs at the root's position. A matmul whose only users are in one group of its shape becomes that group's
/// producer: the group runs as its epilogue.
///
/// A group computes in float32 or, if it meets int32 or float64, in float64, which holds every number of all three types. There,
/// operands are widened as they are loaded and the root's value becomes its own type as it is stored, so a cast that keeps every number
/// is no work, and one that rounds can only be a root.
///
/// Nothing joins across pieces of work: a sum over pieces in one kernel would keep the terms of all of them in memory.
struct ElementwiseFusion {
    /// The root of each elementwise node's group.
    private(set) var root: [NodeID?]
    /// The members of each group, ascending, by root.
    private(set) var members: [NodeID: [NodeID]] = [:]
    /// The matmul that a group follows, by root.
    private(set) var producer: [NodeID: NodeID] = [:]
    /// The group that a matmul is computed with.
    private(set) var consumer: [NodeID: NodeID] = [:]
    /// The nodes that use each node's value, ascending.
    let users: [[NodeID]]

    init(_ program: Program) {
        let nodes = program.nodes
        var users = [[NodeID]](repeating: [], count: nodes.count)
        for (id, node) in nodes.enumerated() {
            for operand in Set(node.operands) { users[operand].append(id) }
        }
        self.users = users
        root = [NodeID?](repeating: nil, count: nodes.count)
        let leaves = Set(program.outputs.map(\.node))
        var registers: [NodeID: Int] = [:]
        for id in nodes.indices.reversed() where Self.isElementwise(nodes[id].op) {
            let cost = 1 + nodes[id].operands.count
            var target = id
            if !leaves.contains(id), let first = users[id].first, let group = root[first],
                users[id].allSatisfy({ root[$0] == group }), Self.canJoin(id, group: group, nodes),
                registers[group, default: 0] + cost <= ElementwiseKernel.maximumRegisters
            {
                target = group
            }
            root[id] = target
            registers[target, default: 0] += cost
            members[target, default: []].insert(id, at: 0)
        }
        for (id, node) in nodes.enumerated() {
            guard case .matmul = node.op, !leaves.contains(id), let first = users[id].first, let group = root[first],
                users[id].allSatisfy({ root[$0] == group }), nodes[group].type.shape == node.type.shape,
                nodes[group].piece == node.piece,
                Self.registers(of: group, nodes) == .float32
            else { continue }
            if let other = producer[group], Self.work(nodes[other], nodes) >= Self.work(node, nodes) { continue }
            if let other = producer[group] { consumer[other] = nil }
            producer[group] = id
            consumer[id] = group
        }
    }

    static func isElementwise(_ op: Op) -> Bool {
        switch op {
        case .unary, .binary, .select, .cast: return true
        case .input, .constant, .read, .broadcast, .reshape, .transpose, .slice, .pad, .concatenate, .reduce, .dot,
            .matmul, .gather, .scatterAdd, .random, .stopGradient, .assign, .assignRows, .adam, .softUpdate:
            return false
        }
    }

    /// What an elementwise node is computed in: float64 if it meets another type than float32, beside masks.
    static func registers(of id: NodeID, _ nodes: [Node]) -> ElementType {
        let node = nodes[id]
        let operands: ArraySlice<NodeID>
        if case .select = node.op { operands = node.operands.dropFirst() } else { operands = node.operands[...] }
        if case .cast = node.op { return .float64 }
        return operands.allSatisfy { nodes[$0].type.element == .float32 } ? .float32 : .float64
    }

    /// Whether a group may compute a node whose value does not leave it.
    private static func canJoin(_ id: NodeID, group: NodeID, _ nodes: [Node]) -> Bool {
        if nodes[id].piece != nodes[group].piece { return false }
        if case .cast(let element) = nodes[id].op, element != .float64 { return false }
        return registers(of: id, nodes) == registers(of: group, nodes)
    }

    /// Multiply-adds of a matmul.
    private static func work(_ node: Node, _ nodes: [Node]) -> Int {
        guard case .matmul(let left, _) = node.op else { return 0 }
        let shape = nodes[node.operands[0]].type.shape
        return node.type.count * shape[shape.rank - (left ? 2 : 1)]
    }
}
