import CSIMD

@testable import HyperCPU

/// Floats between guard zones: a kernel that writes beyond its part is found, and what it leaves out stays NaN.
final class GuardedFloats {
    private static let guardCount = 64
    private static let guardBits: UInt32 = 0x7FC0_DEAD
    let count: Int
    private let memory: UnsafeMutablePointer<Float>

    /// `count` NaNs, `offset` elements from an aligned address.
    init(count: Int, offset: Int = 0) {
        self.count = count
        let bytes = (count + offset + 2 * Self.guardCount) * MemoryLayout<Float>.stride
        memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64).assumingMemoryBound(to: Float.self)
        memory.initialize(repeating: Float(bitPattern: Self.guardBits), count: count + offset + 2 * Self.guardCount)
        base = memory + Self.guardCount + offset
    }

    convenience init(_ values: [Float], offset: Int = 0) {
        self.init(count: values.count, offset: offset)
        for (index, value) in values.enumerated() { base[index] = value }
    }

    deinit { memory.deallocate() }

    let base: UnsafeMutablePointer<Float>
    var values: [Float] { (0..<count).map { base[$0] } }
    var bits: [UInt32] { values.map(\.bitPattern) }

    /// Whether nothing was written around the floats.
    var isIntact: Bool {
        (1...Self.guardCount).allSatisfy {
            base[-$0].bitPattern == Self.guardBits && base[count + $0 - 1].bitPattern == Self.guardBits
        }
    }
}

/// Numbers in −1 ..< 1 without pattern.
struct TestNumbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> Float {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(Int32(truncatingIfNeeded: state >> 32)) * 0x1p-31
    }

    mutating func array(_ count: Int) -> [Float] { (0..<count).map { _ in next() } }
}

extension CPULevel {
    var kernels: hr_kernels {
        guard let table = hr_kernels_at(code) else { preconditionFailure("this CPU has no level \(rawValue)") }
        return table.pointee
    }
}
