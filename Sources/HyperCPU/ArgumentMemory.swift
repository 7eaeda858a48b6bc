/// Keeps the arguments of a program's launches at fixed addresses for as long as the program lives.
final class ArgumentMemory {
    private var blocks: [UnsafeMutableRawPointer] = []

    /// A copy of `values` in memory that this object owns; of at least one element, so that the address is never empty.
    func keep<T: BitwiseCopyable>(_ values: [T]) -> UnsafeMutablePointer<T> {
        let byteCount = max(1, values.count) * MemoryLayout<T>.stride
        let block = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
        block.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        blocks.append(block)
        let pointer = block.assumingMemoryBound(to: T.self)
        for (index, value) in values.enumerated() { pointer[index] = value }
        return pointer
    }

    /// A copy of one value.
    func keep<T: BitwiseCopyable>(_ value: T) -> UnsafeMutablePointer<T> { keep([value]) }

    deinit {
        for block in blocks { block.deallocate() }
    }
}
