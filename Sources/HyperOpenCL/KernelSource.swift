import Kernels

/// Kernel files with their includes put in.
enum KernelSource {
    /// The text of `file`; `programs` stands in for programs.cl.
    ///
    /// - Throws: `OpenCLError` if a file includes one that does not exist.
    static func text(of file: String, programs: String? = nil) throws -> String {
        guard let text = file == "programs.cl" ? programs ?? KernelSources.all[file] : KernelSources.all[file] else {
            throw OpenCLError("kernel source '\(file)' is not part of this program")
        }
        return try text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            guard line.hasPrefix("#include \""), let name = line.split(separator: "\"").dropFirst().first else {
                return String(line)
            }
            return try Self.text(of: String(name), programs: programs)
        }.joined(separator: "\n")
    }
}
