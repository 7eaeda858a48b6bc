import HyperAgents
import HyperFormats
import HyperTensor

/// One update of an algorithm on files: `hyperrl update`. docs/checkpoints.md lists the names.
public struct UpdateFiles: Sendable {
    public var weights: String
    public var batch: String
    /// Nil for the noise that training would draw with the weights' seed and step.
    public var noise: String?
    public var output: String

    public init(weights: String, batch: String, noise: String? = nil, output: String) {
        self.weights = weights
        self.batch = batch
        self.noise = noise
        self.output = output
    }

    /// Reads, checks, computes and writes; nothing is written unless all went well.
    ///
    /// - Parameters:
    ///   - precision: `.double` rounds nothing, on a backend that computes in doubles.
    ///   - metadata: Of the output, beside seed and step.
    /// - Throws: `FormatError` for a file that does not fit, `FileWriteError`.
    public func update(
        _ function: any UpdateFunction, precision: Precision, metadata: [String: String], backend: any Backend
    ) throws {
        let weights = try UpdateWeights(function, GivenTensors(contentsOf: weights, precision: precision))
        let inputs = try UpdateInputs(
            function, batch: GivenTensors(contentsOf: batch, precision: precision),
            noise: noise.map { try GivenTensors(contentsOf: $0, precision: precision) })
        let run = try makeRun(function, sizes: inputs.sizes, after: weights.counts, backend: backend)
        try weights.load(into: run)
        let noise = try inputs.give(to: run, seed: weights.seed, step: weights.step)
        try run.run()
        var metadata = metadata
        metadata["seed"] = "\(weights.seed)"
        metadata["step"] = "\(weights.step + 1)"
        try SafetensorsWriter.write(
            Self.results(of: run, noise: noise, precision: precision), metadata: metadata, to: output)
    }

    /// - Throws: `FormatError` for a batch of a size that the settings do not allow.
    private func makeRun(
        _ function: any UpdateFunction, sizes: [String: Int], after counts: [String: Int], backend: any Backend
    ) throws -> UpdateRun {
        do {
            return try UpdateRun(function, sizes: sizes, after: counts, backend: backend)
        } catch let error as SettingError {
            throw FormatError(path: batch, problem: "does not fit the settings. \(error)")
        }
    }

    private static func results(
        of run: UpdateRun, noise: [SavedTensor], precision: Precision
    ) throws -> [SafetensorsTensor] {
        var tensors = try run.function.layout.variables.map { variable in
            SavedTensor(
                name: variable.name, shape: UpdateWeights.shape(of: variable), values: try run.values(of: variable)
            ).file(precision)
        }
        tensors += try run.outputs().map { output in
            SavedTensor(name: UpdateNames.result(output.name), shape: output.shape, values: output.values)
                .file(precision)
        }
        tensors += noise.map { tensor in
            SavedTensor(name: UpdateNames.noise(tensor.name), shape: tensor.shape, values: tensor.values).file(
                precision)
        }
        tensors += run.counts.map { SafetensorsTensor(name: $0, shape: [1], elements: .int64([Int64($1)])) }
        return tensors
    }
}

/// Names in the output of an update, beside those of the state.
enum UpdateNames {
    /// The group of what was computed on the way.
    static let results = "update"

    static func result(_ name: String) -> String { "\(results).\(name)" }
    static func noise(_ name: String) -> String { result("noise.\(name)") }
}

/// A tensor on its way to a file.
struct SavedTensor {
    let name: String
    let shape: [Int]
    let values: [Double]

    func file(_ precision: Precision) -> SafetensorsTensor {
        switch precision {
        case .single: SafetensorsTensor(name: name, shape: shape, floats: values.map { Float($0) })
        case .double: SafetensorsTensor(name: name, shape: shape, doubles: values)
        }
    }
}
