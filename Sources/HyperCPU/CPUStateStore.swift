import Glibc
import HyperTensor

/// State variables in host memory, one mapping for each arena.
final class CPUStateStore: StateStore {
    let layout: StateLayout
    private let arenas: [String: MappedMemory]

    init(_ layout: StateLayout) throws {
        self.layout = layout
        var arenas: [String: MappedMemory] = [:]
        for arena in layout.arenas {
            arenas[arena.name] = try MappedMemory(byteCount: arena.count * 4, purpose: "arena '\(arena.name)'")
        }
        self.arenas = arenas
    }

    /// Where a variable's first element lies.
    ///
    /// - Throws: `TensorError` if this state holds no such variable.
    func address(of variable: Variable) throws -> UnsafeMutablePointer<Float> {
        guard let arena = layout.arena(named: variable.arena), arena.variables.contains(variable),
            let memory = arenas[variable.arena]
        else {
            throw TensorError(
                "state: no variable \(variable) at element \(variable.offset) of arena '\(variable.arena)'")
        }
        return memory.base.assumingMemoryBound(to: Float.self) + variable.offset
    }

    func read(_ variable: Variable, elements: Range<Int>, into destination: UnsafeMutableRawBufferPointer) throws {
        let source = try check(variable, elements, byteCount: destination.count, "read")
        guard let base = destination.baseAddress, !elements.isEmpty else { return }
        memcpy(base, source, destination.count)
    }

    func write(_ variable: Variable, elements: Range<Int>, from source: UnsafeRawBufferPointer) throws {
        let destination = try check(variable, elements, byteCount: source.count, "write")
        guard let base = source.baseAddress, !elements.isEmpty else { return }
        memcpy(destination, base, source.count)
    }

    private func check(
        _ variable: Variable, _ elements: Range<Int>, byteCount: Int, _ verb: String
    ) throws -> UnsafeMutablePointer<Float> {
        let address = try address(of: variable)
        guard elements.lowerBound >= 0, elements.upperBound <= variable.type.count else {
            throw TensorError("\(verb): elements \(elements) leave \(variable) (\(variable.type.count) elements)")
        }
        let expected = elements.count * variable.type.element.byteCount
        guard byteCount == expected else {
            throw TensorError(
                "\(verb): \(elements.count) elements of \(variable) are \(expected) bytes, not \(byteCount)")
        }
        return address + elements.lowerBound * variable.type.element.wordCount
    }
}
