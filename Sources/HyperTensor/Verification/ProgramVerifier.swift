/// Says what is wrong with a program that a pass has made of another one; nothing if types, order, effects, inputs and outputs are right.
enum ProgramVerifier {
    static func problems(in program: Program, madeFrom original: Program) -> [String] {
        var problems: [String] = []
        for (id, node) in program.nodes.enumerated() {
            if let operand = node.operands.first(where: { $0 >= id || $0 < 0 }) {
                problems.append("%\(id) \(node.op.kind) uses %\(operand), which is not before it")
                continue
            }
            if let problem = problem(with: node, in: program) { problems.append("%\(id) \(problem)") }
        }
        if effects(of: program) != effects(of: original) { problems.append("effects are not what they were") }
        for (new, old) in [(program.inputs, original.inputs), (program.outputs, original.outputs)] {
            if new.map(\.name) != old.map(\.name) || new.map(\.type) != old.map(\.type) {
                problems.append("inputs or outputs are not what they were")
            }
            for value in new
            where !program.nodes.indices.contains(value.node) || program.nodes[value.node].type != value.type {
                problems.append("'\(value.name)' \(value.type) is no node of its type")
            }
        }
        return problems
    }

    private static func problem(with node: Node, in program: Program) -> String? {
        switch node.op {
        case .input, .constant: return nil
        default: break
        }
        do {
            let operands = node.operands.map { program.nodes[$0].type }
            let type = try ShapeRules.resultType(of: node.op, operands: operands, requested: node.type.shape)
            return type == node.type ? nil : "\(node.op.kind) is \(type), not \(node.type)"
        } catch { return "\(error)" }
    }

    private static func effects(of program: Program) -> [Op] { program.nodes.filter(\.op.isEffect).map(\.op) }
}
