import Glibc

/// Zeroed memory whose pages the system commits when they are first written: a large replay table costs what it holds.
final class MappedMemory {
    let base: UnsafeMutableRawPointer
    /// Bytes asked for.
    let byteCount: Int
    private let mappedCount: Int

    /// Maps at least `byteCount` bytes, page-aligned.
    ///
    /// - Parameter purpose: What the memory is for, named in the error.
    /// - Throws: `CPUError` if the system refuses.
    init(byteCount: Int, purpose: String) throws {
        let page = 4096
        let size = max(page, (byteCount + page - 1) / page * page)
        // No reservation: the sum of all tables may exceed memory as long as what is written does not.
        let address = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let address, address != MAP_FAILED else {
            throw CPUError(
                "mmap: \(String(cString: strerror(errno))) for \(size) bytes of \(purpose); use a smaller replay or fewer seeds"
            )
        }
        // Weights are read in long strides: large pages save the address translations.
        let largePage = 2 << 20
        if size >= largePage { madvise(address, size, MADV_HUGEPAGE) }
        base = address
        self.byteCount = byteCount
        mappedCount = size
    }

    deinit {
        munmap(base, mappedCount)
    }
}
