/// Work that is cut into pieces, so that what lies between beginning and end of a piece is in memory once and not for all of them.
///
/// Pieces are traced one after another into the same program. A device that runs launches in order uses the scratch memory of one piece
/// again for the next; one that runs many at once may run all pieces at once.
extension Trace {
    /// Sums, over pieces in their order, of what `body` gives for each: `Σ₀ + Σ₁ + …`, one tensor for each that it gives.
    ///
    /// What `body` gives has the same types for every piece; gradients of a loss are taken inside it, or all pieces' activations would be
    /// needed at once.
    ///
    /// - Parameters:
    ///   - pieces: At least one; `Pieces.ranges(of:atMost:)` makes them.
    ///   - body: Traces the work of one piece.
    public func sums(
        over pieces: [Range<Int>], file: String = #fileID, line: UInt = #line,
        _ body: (Range<Int>) throws -> [Tensor]
    ) rethrows -> [Tensor] {
        precondition(!pieces.isEmpty, "sums(over:): no pieces")
        var sums: [Tensor] = []
        for piece in pieces {
            try inPiece {
                let terms = try body(piece)
                sums = sums.isEmpty ? terms : zip(sums, terms).map { $0 + $1 }
            }
        }
        return sums
    }

    /// What `body` gives for each piece, one behind the other along an axis.
    ///
    /// - Parameters: As of `sums(over:)`.
    ///   - axis: The axis along which pieces follow each other.
    public func concatenations(
        over pieces: [Range<Int>], axis: Int, file: String = #fileID, line: UInt = #line,
        _ body: (Range<Int>) throws -> [Tensor]
    ) rethrows -> [Tensor] {
        precondition(!pieces.isEmpty, "concatenations(over:): no pieces")
        let parts = try pieces.map { piece in try inPiece { try body(piece) } }
        return parts[0].indices.map { index in
            Tensor.concatenate(parts.map { $0[index] }, axis: axis, file: file, line: line)
        }
    }
}

/// How work is cut.
public enum Pieces {
    /// As few pieces as possible of at most `size`, of sizes that differ by at most one, the larger ones first. They follow from the two
    /// numbers alone, so a seed's sums do not depend on its companions or on the device.
    public static func ranges(of count: Int, atMost size: Int) -> [Range<Int>] {
        precondition(count >= 1 && size >= 1, "Pieces: \(count) in pieces of \(size)")
        let pieces = (count + size - 1) / size
        let (each, rest) = count.quotientAndRemainder(dividingBy: pieces)
        var begin = 0
        return (0..<pieces).map { index in
            let end = begin + each + (index < rest ? 1 : 0)
            defer { begin = end }
            return begin..<end
        }
    }
}
