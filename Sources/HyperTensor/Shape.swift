/// The sizes of a tensor's axes, outermost first; row-major.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
    public let dimensions: [Int]

    public init(_ dimensions: [Int]) {
        precondition(dimensions.allSatisfy { $0 >= 0 }, "Shape: negative size in \(dimensions)")
        self.dimensions = dimensions
    }

    public init(arrayLiteral elements: Int...) { self.init(elements) }

    public var rank: Int { dimensions.count }

    /// The number of elements; 1 for a scalar. O(rank).
    public var count: Int { dimensions.reduce(1, *) }

    /// Row-major strides in elements. O(rank).
    public var strides: [Int] {
        var strides = [Int](repeating: 1, count: rank)
        for axis in stride(from: rank - 2, through: 0, by: -1) {
            strides[axis] = strides[axis + 1] * dimensions[axis + 1]
        }
        return strides
    }

    public subscript(axis: Int) -> Int { dimensions[axis] }

    /// The first `count` axes.
    public func prefix(_ count: Int) -> Shape { Shape(Array(dimensions.prefix(count))) }

    /// The same shape with `axis` resized.
    public func replacing(_ axis: Int, with size: Int) -> Shape {
        var sizes = dimensions
        sizes[axis] = size
        return Shape(sizes)
    }

    public static func + (lhs: Shape, rhs: Shape) -> Shape { Shape(lhs.dimensions + rhs.dimensions) }

    public var description: String { "[" + dimensions.map(String.init).joined(separator: ", ") + "]" }
}

/// What one element of a tensor is.
public enum ElementType: String, Hashable, Sendable, CaseIterable {
    case float32
    /// Indices, counts, steps and seeds; never differentiated.
    case int32
    /// Scalars and small vectors whose digits matter: dot products, step lengths. On an OpenCL device without doubles a
    /// pair of floats: 48 bits of mantissa and the range of float32.
    case float64

    /// 4-byte words of one element: what arenas and scratch memory are counted in.
    public var wordCount: Int {
        switch self {
        case .float32, .int32: return 1
        case .float64: return 2
        }
    }

    /// Bytes of one element in host memory and in a backend's.
    public var byteCount: Int { 4 * wordCount }

    /// Whether gradients flow through values of this type.
    public var isDifferentiable: Bool {
        switch self {
        case .float32, .float64: return true
        case .int32: return false
        }
    }

    /// The name in printed types.
    var label: String {
        switch self {
        case .float32: return "f32"
        case .int32: return "i32"
        case .float64: return "f64"
        }
    }
}

/// Element type and shape of a tensor: all that is known of it before a program runs.
public struct TensorType: Hashable, Sendable, CustomStringConvertible {
    public let element: ElementType
    public let shape: Shape

    public init(_ element: ElementType = .float32, _ shape: Shape) {
        self.element = element
        self.shape = shape
    }

    public var count: Int { shape.count }

    /// Bytes of the contiguous tensor.
    public var byteCount: Int { shape.count * element.byteCount }

    /// 4-byte words of the contiguous tensor.
    public var wordCount: Int { shape.count * element.wordCount }

    public var description: String { "\(element.label)\(shape)" }
}
