import HyperTensor

/// A double as two floats, as devices without doubles hold it: the nearest float, then the nearest to what is left.
///
/// 48 bits of mantissa; what lies beyond float32's range becomes infinite.
struct FloatPair: BitwiseCopyable {
    let high: Float
    let low: Float

    init(_ value: Double) {
        high = Float(value)
        low = high.isFinite ? Float(value - Double(high)) : 0
    }

    var value: Double { Double(high) + Double(low) }
}

extension OpenCLDevice {
    /// Host memory of elements as this device holds them.
    ///
    /// - Parameter bytes: Float64 elements are the host's doubles.
    func withDeviceElements<Result>(
        _ bytes: UnsafeRawBufferPointer, _ element: ElementType, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        guard element == .float64, !hasDoubles else { return try body(bytes) }
        let pairs = (0..<bytes.count / 8).map {
            FloatPair(bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Double.self))
        }
        return try pairs.withUnsafeBytes(body)
    }

    /// Changes elements that were read from this device to what the host calls them.
    func makeHostElements(_ bytes: UnsafeMutableRawBufferPointer, _ element: ElementType) {
        guard element == .float64, !hasDoubles else { return }
        for offset in stride(from: 0, to: bytes.count - 7, by: 8) {
            let pair = bytes.loadUnaligned(fromByteOffset: offset, as: FloatPair.self)
            bytes.storeBytes(of: pair.value, toByteOffset: offset, as: Double.self)
        }
    }
}
