import HyperReference
import HyperTensor

/// Makes a program that disagrees smaller for as long as it still disagrees.
///
/// Outputs and effects go; effects become outputs of what they take, or assignments of constants; what an output shows becomes what that was
/// made of; nodes become operands of the same type, constants or inputs; equal constants become one. Whatever nothing depends on any more
/// is gone with them.
public struct ProgramShrinker {
    /// Whether a program shows what is looked for.
    private let isWanted: (ProgramSpecimen) -> Bool
    private var best: ProgramSpecimen
    private var draft: ProgramDraft

    private init(_ specimen: ProgramSpecimen, _ isWanted: @escaping (ProgramSpecimen) -> Bool) {
        self.isWanted = isWanted
        best = specimen
        draft = ProgramDraft(specimen.program)
    }

    /// - Parameters:
    ///   - specimen: A program that `isWanted`.
    ///   - isWanted: Asked for each smaller program; may stop the search by saying no to all.
    /// - Returns: The smallest one found.
    public static func shrink(
        _ specimen: ProgramSpecimen, while isWanted: @escaping (ProgramSpecimen) -> Bool
    ) -> ProgramSpecimen {
        var shrinker = ProgramShrinker(specimen, isWanted)
        var hasChanged = true
        while hasChanged {
            hasChanged = shrinker.dropOutputs()
            hasChanged = shrinker.dropEffects() || hasChanged
            hasChanged = shrinker.simplifyEffects() || hasChanged
            hasChanged = shrinker.moveOutputs() || hasChanged
            hasChanged = shrinker.replaceNodes() || hasChanged
        }
        return shrinker.best
    }

    /// Keeps a smaller draft if it is still wanted.
    private mutating func keep(_ smaller: ProgramDraft, inputs: [String: [Double]] = [:]) -> Bool {
        guard !smaller.outputs.isEmpty || smaller.steps.contains(where: \.op.isEffect),
            let program = try? smaller.program()
        else { return false }
        var specimen = best
        specimen.program = program
        specimen.inputs.merge(inputs) { $1 }
        let names = Set(program.inputs.map(\.name))
        specimen.inputs = specimen.inputs.filter { names.contains($0.key) }
        guard isWanted(specimen) else { return false }
        (best, draft) = (specimen, smaller)
        return true
    }

    // MARK: Ways to make it smaller

    private mutating func dropOutputs() -> Bool {
        dropPieces(of: { Array($0.outputs.indices) }) { draft, indices in
            let dropped = Set(indices)
            draft.outputs = draft.outputs.indices.filter { !dropped.contains($0) }.map { draft.outputs[$0] }
        }
    }

    private mutating func dropEffects() -> Bool {
        dropPieces(of: { draft in draft.steps.indices.filter { draft.steps[$0].op.isEffect } }) { draft, ids in
            for id in ids { draft.steps[id].drop() }
        }
    }

    /// Tries to go without all items, then without each half, each quarter and so on.
    private mutating func dropPieces(
        of items: (ProgramDraft) -> [Int], _ drop: (inout ProgramDraft, [Int]) -> Void
    ) -> Bool {
        var hasChanged = false
        var size = items(draft).count
        while size > 0 {
            var start = 0
            while case let all = items(draft), start < all.count {
                var smaller = draft
                drop(&smaller, Array(all[start..<min(start + size, all.count)]))
                if keep(smaller) { hasChanged = true } else { start += size }
            }
            size /= 2
        }
        return hasChanged
    }

    /// Lets an output show an operand of what it shows.
    private mutating func moveOutputs() -> Bool {
        var hasChanged = false
        for index in draft.outputs.indices {
            var isMoving = true
            while isMoving {
                isMoving = false
                for operand in Set(draft.steps[draft.outputs[index].node].operands).sorted() {
                    var smaller = draft
                    smaller.outputs[index].node = operand
                    guard keep(smaller) else { continue }
                    (hasChanged, isMoving) = (true, true)
                    break
                }
            }
        }
        return hasChanged
    }

    private mutating func simplifyEffects() -> Bool {
        var hasChanged = false
        for id in draft.steps.indices.reversed() where draft.steps[id].op.isEffect {
            if showOperands(of: id) || assignConstant(insteadOf: id) { hasChanged = true }
        }
        return hasChanged
    }

    /// Without an effect, and with what it took as an output.
    private mutating func showOperands(of id: NodeID) -> Bool {
        for operand in Set(draft.steps[id].operands).sorted()
        where !draft.outputs.contains(where: { $0.node == operand }) {
            var smaller = draft
            smaller.steps[id].drop()
            smaller.outputs.append((name: "shown\(operand)", node: operand))
            if keep(smaller) { return true }
        }
        return false
    }

    /// An effect on one variable, which takes a number.
    private mutating func assignConstant(insteadOf id: NodeID) -> Bool {
        let step = draft.steps[id]
        if case .assign = step.op, let operand = step.operands.first, case .constant = draft.steps[operand].op {
            return false
        }
        for variable in step.op.assignedVariables {
            var smaller = draft
            smaller.steps[id] = ProgramDraft.Step(op: .assign(variable), operands: [id], type: step.type)
            smaller.insert(.constant(of: variable.type), at: id)
            // Its own operand has the place that it had.
            smaller.steps[id + 1].operands = [id]
            if keep(smaller) { return true }
        }
        return false
    }

    private mutating func replaceNodes() -> Bool {
        var hasChanged = mergeConstants()
        for id in draft.steps.indices.reversed() {
            let step = draft.steps[id]
            guard draft.live[id], !step.op.isEffect else { continue }
            if replaceByOperand(id, step) || replaceByLeaf(id, step) { hasChanged = true }
        }
        return hasChanged
    }

    private mutating func mergeConstants() -> Bool {
        var hasChanged = false
        for id in draft.steps.indices where draft.live[id] {
            guard case .constant = draft.steps[id].op,
                let first = draft.steps[..<id].indices.first(where: { other in
                    if case .constant = draft.steps[other].op {
                        return draft.live[other] && draft.steps[other].type == draft.steps[id].type
                    }
                    return false
                })
            else { continue }
            var smaller = draft
            smaller.replace(id, by: first)
            if keep(smaller) { hasChanged = true }
        }
        return hasChanged
    }

    private mutating func replaceByOperand(_ id: NodeID, _ step: ProgramDraft.Step) -> Bool {
        for operand in Set(step.operands).sorted() where draft.steps[operand].type == step.type {
            var smaller = draft
            smaller.replace(id, by: operand)
            if keep(smaller) { return true }
        }
        return false
    }

    /// Constants are simplest; what is no constant may need to be an input.
    private mutating func replaceByLeaf(_ id: NodeID, _ step: ProgramDraft.Step) -> Bool {
        switch step.op {
        case .constant: return false
        case .input, .read, .unary, .binary, .select, .cast, .broadcast, .reshape, .transpose, .slice, .pad,
            .concatenate,
            .reduce, .dot, .matmul, .gather, .scatterAdd, .random, .stopGradient, .assign, .assignRows, .adam,
            .softUpdate:
            break
        }
        var smaller = draft
        smaller.steps[id] = .constant(of: step.type)
        if keep(smaller) { return true }
        if case .input = step.op { return false }
        let name = "n\(id)"
        smaller.steps[id].op = .input(name: name)
        let values = ProgramNumbers.values(of: step.type, isScale: false, 0, UInt64(1000 + id))
        return keep(smaller, inputs: [name: values])
    }
}

extension ProgramDraft.Step {
    /// Halves, or zeros of int32.
    fileprivate static func constant(of type: TensorType) -> Self {
        Self(op: .constant(.fill(type.element == .int32 ? 0 : 0.5)), operands: [], type: type)
    }

    /// Makes an effect a value that nothing uses.
    fileprivate mutating func drop() { (op, operands) = (.constant(.fill(0)), []) }
}

extension ProgramDraft {
    /// Adds a step in front of another one.
    fileprivate mutating func insert(_ step: Step, at position: NodeID) {
        steps.insert(step, at: position)
        for user in steps.indices {
            steps[user].operands = steps[user].operands.map { $0 >= position ? $0 + 1 : $0 }
        }
        for index in outputs.indices where outputs[index].node >= position { outputs[index].node += 1 }
    }

    /// Lets another node stand for one wherever it is used.
    fileprivate mutating func replace(_ id: NodeID, by other: NodeID) {
        for user in steps.indices {
            steps[user].operands = steps[user].operands.map { $0 == id ? other : $0 }
        }
        for index in outputs.indices where outputs[index].node == id { outputs[index].node = other }
    }
}
