extension Trace {
    /// The nodes that some nodes depend on, and these themselves, ascending.
    ///
    /// Looks at nothing else: what derivatives cost follows from their own part of a trace, however long the rest is.
    func ancestors(of ids: [NodeID]) -> [NodeID] {
        var seen = Set(ids)
        var stack = Array(seen)
        while let id = stack.popLast() {
            for operand in nodes[id].operands where seen.insert(operand).inserted { stack.append(operand) }
        }
        return seen.sorted()
    }
}
