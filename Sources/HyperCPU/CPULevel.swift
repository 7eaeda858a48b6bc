import CSIMD

/// An instruction set for which the vector kernels are compiled.
public enum CPULevel: String, Sendable, CaseIterable {
    /// What every CPU of the architecture has.
    case baseline
    /// x86-64-v3: AVX2 and fused multiply-add.
    case v3
    /// x86-64-v4: AVX-512.
    case v4

    /// The best level of this CPU, lowered by the environment variable `HYPERRL_CPU_LEVEL`.
    public static var active: CPULevel { CPULevel(hr_active_level()) }

    /// The levels that this CPU can run, weakest first.
    public static var supported: [CPULevel] { allCases.filter { hr_kernels_at($0.code) != nil } }

    init(_ code: hr_level) {
        switch code {
        case HR_LEVEL_V4: self = .v4
        case HR_LEVEL_V3: self = .v3
        default: self = .baseline
        }
    }

    var code: hr_level {
        switch self {
        case .baseline: return HR_LEVEL_BASELINE
        case .v3: return HR_LEVEL_V3
        case .v4: return HR_LEVEL_V4
        }
    }
}
