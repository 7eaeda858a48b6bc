import HyperRandom

/// One operation of a program. The set is closed: backends, interpreter, gradient and shape rule switch over it
/// without `default`, so the compiler lists every place that a new op needs.
///
/// Values are immutable; only the effects at the end change state. Operand order is given with each case.
public enum Op: Hashable, Sendable {
    // MARK: Leaves
    /// A small host value given for each run.
    case input(name: String)
    /// A value known at trace time.
    case constant(Constant)
    /// The present value of a state variable.
    case read(Variable)

    // MARK: Elementwise (equal shapes; operands of one type, which is the result's, but for masks)
    /// Float32; the functions of `Unary.takesDoubles` also of float64.
    case unary(Unary)
    /// Any type, but no quotient of integers. Int32 results must fit int32: beyond it they are unspecified, nothing wraps.
    case binary(Binary)
    /// `(mask f32, whenTrue, whenFalse)`: mask ≠ 0 picks the second operand; those two are of any one type.
    case select
    /// The same numbers as another type. To int32 towards zero, what lies outside its range and NaN unspecified; to float32
    /// rounded to nearest.
    case cast(ElementType)

    // MARK: Movement
    /// Axes of size 1 grow to the node's shape; the rank stays.
    case broadcast
    case reshape
    /// Axis `i` of the result is axis `permutation[i]` of the operand.
    case transpose([Int])
    /// The block of the node's shape that begins at `starts`.
    case slice(starts: [Int])
    /// The operand set into zeros of the node's shape, beginning at `before`.
    case pad(before: [Int])
    case concatenate(axis: Int)

    // MARK: Reductions and products
    /// Reduces `axes` (ascending) to size 1; the rank stays. Float32; sums also of float64.
    case reduce(Reduction, axes: [Int])
    /// `(a f32 [R…, N], b f32 [R…, N])` → `Σᵢ aᵢ bᵢ` f64 `[R…]`: every product exact in double, summed in double in an order
    /// that follows from N alone.
    case dot
    /// `[batch…, M, K] · [batch…, K, N]`, either operand optionally stored with its last two axes exchanged.
    case matmul(transposeLeft: Bool, transposeRight: Bool)

    // MARK: Indexed rows
    /// `(table [R…, N, D], indices i32 [R…, B])` → `[R…, B, D]`. Indices outside `0..<N` are clamped.
    case gather
    /// `(updates [R…, B, D], indices i32 [R…, B])` → `[R…, N, D]`, N from the node; equal indices add up in row order.
    /// Indices outside `0..<N` are clamped, because this is `gather`'s gradient.
    case scatterAdd

    // MARK: Random numbers
    /// `(seeds i32 [R…], step i32 [1])`, for `.integers` then `(bounds i32 [R…])`, then perhaps `(substreams i32 [R…])`, 0 without
    /// → the node's shape `[R…, …]`. Lane is the element's index within the part of its seed and substream.
    case random(Distribution, stream: Stream)

    /// The same value; cotangents and tangents stop here.
    case stopGradient

    // MARK: Effects, in trace order
    /// `(value)`: the variable takes the value.
    case assign(Variable)
    /// `(rows [R…, K, D], indices i32 [R…, K])`: rows of the variable `[R…, N, D]` are overwritten; an index outside
    /// `0..<N` writes nothing.
    case assignRows(Variable)
    /// `(gradient of each parameter…, scale [2])`: one step of Adam.
    case adam(AdamUpdate)
    /// No operands: targets move towards their sources.
    case softUpdate(SoftUpdate)
}

/// Elementwise functions of one operand.
public enum Unary: String, Hashable, Sendable, CaseIterable {
    case negate, exp, log, sqrt, reciprocal, tanh, sigmoid
    /// `log(1 + eˣ)`, stable for large |x|.
    case softplus
    case abs, sign, square, floor
    /// `max(x, 0)`.
    case relu
    /// 1 where the operand is neither infinite nor NaN, else 0; float32 whatever the operand is.
    case isFinite

    /// Whether the function is defined for float64: those that need no approximation.
    public var takesDoubles: Bool {
        switch self {
        case .negate, .sqrt, .reciprocal, .abs, .sign, .square, .floor, .relu, .isFinite: return true
        case .exp, .log, .tanh, .sigmoid, .softplus: return false
        }
    }
}

/// Elementwise functions of two operands; comparisons give 1 or 0 as float32, whatever they compare.
public enum Binary: String, Hashable, Sendable, CaseIterable {
    case add, subtract, multiply, divide, maximum, minimum
    case less, lessOrEqual, equal

    /// Whether the result is a mask.
    public var isComparison: Bool {
        switch self {
        case .less, .lessOrEqual, .equal: return true
        case .add, .subtract, .multiply, .divide, .maximum, .minimum: return false
        }
    }
}

public enum Reduction: String, Hashable, Sendable, CaseIterable {
    case sum, maximum, minimum
}

public enum Distribution: String, Hashable, Sendable, CaseIterable {
    /// U[0, 1), float32, multiples of 2⁻²⁴.
    case uniform
    /// N(0, 1), float32.
    case normal
    /// Uniform in `0..<bound`, int32; a bound of 0 gives 0.
    case integers
}

/// A value known at trace time.
public enum Constant: Hashable, Sendable {
    /// The same number everywhere.
    case fill(Double)
    /// All elements, row-major.
    case values([Double])
}

/// One step of Adam over parameters of one optimiser (Kingma & Ba 2015, as PyTorch computes it):
/// `m ← β₁m + (1−β₁)g`, `v ← β₂v + (1−β₂)g²`, `p ← p − scale[0] · m / (√v · scale[1] + ε)`
/// with `scale = (α / (1 − β₁ᵗ), 1 / √(1 − β₂ᵗ))`.
public struct AdamUpdate: Hashable, Sendable {
    public let parameters: [Variable]
    public let firstMoments: [Variable]
    public let secondMoments: [Variable]
    public let beta1: Double
    public let beta2: Double
    public let epsilon: Double

    /// All that the step changes.
    public var variables: [Variable] { parameters + firstMoments + secondMoments }
}

/// `target ← target + rate · (source − target)` for each pair.
public struct SoftUpdate: Hashable, Sendable {
    public let targets: [Variable]
    public let sources: [Variable]
    public let rate: Double
}

extension Op {
    /// Whether the op changes state and has no value.
    public var isEffect: Bool {
        switch self {
        case .assign, .assignRows, .adam, .softUpdate: return true
        case .input, .constant, .read, .unary, .binary, .select, .cast, .broadcast, .reshape, .transpose, .slice, .pad,
            .concatenate, .reduce, .dot, .matmul, .gather, .scatterAdd, .random, .stopGradient:
            return false
        }
    }

    /// The variables that an effect changes.
    public var assignedVariables: [Variable] {
        switch self {
        case .assign(let variable), .assignRows(let variable): return [variable]
        case .adam(let update): return update.variables
        case .softUpdate(let update): return update.targets
        case .input, .constant, .read, .unary, .binary, .select, .cast, .broadcast, .reshape, .transpose, .slice, .pad,
            .concatenate, .reduce, .dot, .matmul, .gather, .scatterAdd, .random, .stopGradient:
            return []
        }
    }

    /// The variables whose present values an effect reads besides its operands.
    public var implicitlyReadVariables: [Variable] {
        switch self {
        case .adam(let update): return update.variables
        case .softUpdate(let update): return update.targets + update.sources
        case .assign, .assignRows, .input, .constant, .read, .unary, .binary, .select, .cast, .broadcast, .reshape,
            .transpose, .slice, .pad, .concatenate, .reduce, .dot, .matmul, .gather, .scatterAdd, .random,
            .stopGradient:
            return []
        }
    }
}
