import HyperAgents
import HyperFormats
import HyperTensor

/// The batch of an update, and the noise if it is given, in files.
struct UpdateInputs {
    /// Sizes of the named axes.
    let sizes: [String: Int]
    private let batch: GivenTensors
    private let noise: GivenTensors?
    private let inputs: [UpdateInput]

    /// Checks names and shapes.
    ///
    /// - Parameter noise: Nil for the noise that training would draw.
    /// - Throws: `FormatError`.
    init(_ function: any UpdateFunction, batch: GivenTensors, noise: GivenTensors?) throws {
        var sizes: [String: Int] = [:]
        inputs = function.inputs
        self.batch = batch
        self.noise = noise
        for (file, use, isNoise) in [(batch, "a batch", false), (noise, "the noise", true)] {
            guard let file else { continue }
            let own = inputs.filter { $0.isNoise == isNoise }
            for input in own { try Self.match(input, file, &sizes) }
            try file.refuseUnknown(among: Set(own.map(\.name)), use: "\(use) of \(function.algorithm)")
        }
        self.sizes = sizes
    }

    /// Compares a tensor's shape with the input's axes, whose open sizes it decides. A list may have an axis of size 1 behind it.
    private static func match(_ input: UpdateInput, _ file: GivenTensors, _ sizes: inout [String: Int]) throws {
        let shape = try file.file.entry(named: input.name).shape
        let found = input.axes.count == 1 && shape.count == 2 && shape[1] == 1 ? [shape[0]] : shape
        let known = sizes
        let fits =
            found.count == input.axes.count
            && zip(found, input.axes).allSatisfy { size, axis in
                switch axis {
                case .size(let wanted): size == wanted
                case .named(let name): size == known[name] ?? max(1, size)
                }
            }
        guard fits else {
            let open = input.axes.compactMap { axis -> String? in
                if case .named(let name) = axis, known[name] == nil { name } else { nil }
            }
            let wanted = input.axes.map { axis in
                switch axis {
                case .size(let size): "\(size)"
                case .named(let name): known[name].map { "\($0)" } ?? name
                }
            }
            throw file.failure(
                "tensor '\(input.name)' has shape \(shape), needed is [\(wanted.joined(separator: ", "))]"
                    + open.map { " with \($0) ≥ 1" }.joined())
        }
        for case (let size, .named(let name)) in zip(found, input.axes) { sizes[name] = size }
    }

    /// Gives every input to a run.
    ///
    /// - Returns: The noise, by name.
    func give(to run: UpdateRun, seed: UInt32, step: Int) throws -> [SavedTensor] {
        var used: [SavedTensor] = []
        for input in inputs {
            guard let drawn = try run.drawn(input, seed: seed, step: step) else {
                try run.set(input, to: values(input, batch))
                continue
            }
            let numbers = try noise.map { try values(input, $0) } ?? drawn
            try run.set(input, to: numbers)
            used.append(SavedTensor(name: input.name, shape: try input.shape(sizes).dimensions, values: numbers))
        }
        return used
    }

    private func values(_ input: UpdateInput, _ file: GivenTensors) throws -> [Double] {
        let shape = try file.file.entry(named: input.name).shape
        switch input.content {
        case .numbers, .noise: return try file.values(input.name, shape: shape)
        case .flags: return try file.flags(input.name, shape: shape)
        }
    }
}
