/// Lengths and angles of short vectors.
enum VectorMath {
    static func norm(_ vector: [Double]) -> Double { dot(vector, vector).squareRoot() }

    static func dot(_ first: [Double], _ second: [Double]) -> Double {
        zip(first, second).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// u · v / (|u| |v|); nil where a vector is zero or not finite, and so has no direction.
    static func cosineSimilarity(_ first: [Double], _ second: [Double]) -> Double? {
        let (lengths, product) = ((norm(first), norm(second)), dot(first, second))
        guard lengths.0 > 0, lengths.1 > 0, lengths.0.isFinite, lengths.1.isFinite, product.isFinite else { return nil }
        return min(1, max(-1, product / lengths.0 / lengths.1))
    }
}
