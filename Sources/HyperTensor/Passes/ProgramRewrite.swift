/// A program that is being written anew, node by node, from another one.
struct ProgramRewrite {
    let program: Program
    private(set) var nodes: [Node] = []
    /// By node of the program, the new node that stands for it; −1 before it is placed.
    private(set) var position: [NodeID]
    /// How often each node's value is used, as an operand or an output.
    let uses: [Int]

    init(_ program: Program) {
        self.program = program
        position = [NodeID](repeating: -1, count: program.nodes.count)
        var uses = [Int](repeating: 0, count: program.nodes.count)
        for node in program.nodes {
            for operand in node.operands { uses[operand] += 1 }
        }
        for output in program.outputs { uses[output.node] += 1 }
        self.uses = uses
    }

    /// Adds a node with the phases and the place in the source of another one.
    mutating func append(_ op: Op, _ operands: [NodeID], _ type: TensorType, like node: Node) -> NodeID {
        nodes.append(
            Node(
                op: op, operands: operands, type: type, phases: node.phases, location: node.location, piece: node.piece)
        )
        return nodes.count - 1
    }

    /// Adds a node of the program as it is.
    mutating func keep(_ id: NodeID) {
        let node = program.nodes[id]
        place(id, at: append(node.op, node.operands.map { position[$0] }, node.type, like: node))
    }

    /// Lets a new node stand for one of the program.
    mutating func place(_ id: NodeID, at new: NodeID) { position[id] = new }

    /// The program, without what nothing uses any more.
    func finished() -> Program { program.with(nodes, at: position).withoutDeadCode() }
}
