/// The hand-written OpenCL sources, embedded in the binary under the names of their files.
public enum KernelSources {
    /// A file of kernels, or `common.cl`, `doubles.cl` and `programs.cl`, which the others include.
    public static let all: [String: String] = [
        "common.cl": text(PackageResources.common_cl), "programs.cl": text(PackageResources.programs_cl),
        "matmul.cl": text(PackageResources.matmul_cl), "dynamic_linear.cl": text(PackageResources.dynamic_linear_cl),
        "elementwise.cl": text(PackageResources.elementwise_cl), "reduce.cl": text(PackageResources.reduce_cl),
        "optimizer.cl": text(PackageResources.optimizer_cl), "random.cl": text(PackageResources.random_cl),
        "rows.cl": text(PackageResources.rows_cl), "doubles.cl": text(PackageResources.doubles_cl),
        "wide_elementwise.cl": text(PackageResources.wide_elementwise_cl),
        "wide_sums.cl": text(PackageResources.wide_sums_cl),
    ]

    /// Sizes of kernels for known devices, as JSON: what `TuningTable` reads.
    public static let tuning = text(PackageResources.tuning_json)

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
