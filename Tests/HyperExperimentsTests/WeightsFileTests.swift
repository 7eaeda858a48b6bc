import HyperCPU
import HyperExperiments
import HyperFormats
import HyperModels
import HyperTensor
import Testing

/// Weights go to a file and back unchanged; files that do not fit are refused by the tensor's name.
@Suite struct WeightsFileTests {
    private let folder: TemporaryFolder
    private let arena: Arena
    private let store: any StateStore
    private let backend: CPUBackend

    init() throws {
        folder = try TemporaryFolder()
        backend = try CPUBackend(threads: 1)
        let critic = MLPCritic(stateSize: 3, actionSize: 2, hiddenSizes: [4, 5])
        var layout = StateLayout()
        let arenas = try NetworkArenas("critic", critic.parameters, seeds: 1, members: 2, in: &layout)
        arena = arenas.parameters
        store = try backend.makeState(layout)
        try store.initialize(arenas, critic.parameters, seeds: [9], network: 0)
    }

    private func tensors() throws -> [SafetensorsTensor] {
        try arena.variables.map {
            SafetensorsTensor(
                name: $0.name, shape: Array($0.shape.dimensions.dropFirst()), floats: try store.floats($0))
        }
    }

    @Test func roundTripKeepsEveryBit() throws {
        let path = folder.file("w.safetensors")
        let before = try arena.variables.map { try store.floats($0) }
        try WeightsFile.write([arena], of: store, position: 0, seedCount: 1, metadata: ["seed": "9"], to: path)
        for variable in arena.variables {
            try store.write([Float](repeating: 0, count: variable.type.count), to: variable)
        }
        try WeightsFile.read(arena, into: store, from: path)
        #expect(try arena.variables.map { try store.floats($0) } == before)
    }

    @Test func doublesKeepTheirBits() throws {
        var layout = StateLayout()
        let arena = try layout.addArena(
            "critic", [("scale", TensorType(.float64, [1, 3])), ("weight", TensorType(.float32, [1, 2]))])
        let store = try backend.makeState(layout)
        let numbers = [1.0 / 3, -1e300, 5e-17]
        try store.write(doubles: numbers, to: arena.variables[0])
        try store.write([0.25, -3], to: arena.variables[1])
        let path = folder.file("doubles.safetensors")
        try WeightsFile.write([arena], of: store, position: 0, seedCount: 1, metadata: [:], to: path)
        #expect(try SafetensorsFile(contentsOf: path).entry(named: "critic.scale").dataType == .float64)
        let other = try backend.makeState(layout)
        try WeightsFile.read(arena, into: other, from: path)
        #expect(try other.doubles(arena.variables[0]) == numbers && other.floats(arena.variables[1]) == [0.25, -3])
    }

    @Test func oneSeedOfSeveralIsWritten() throws {
        let critic = MLPCritic(stateSize: 3, actionSize: 2, hiddenSizes: [4, 5])
        var layout = StateLayout()
        let three = try NetworkArenas("critic", critic.parameters, seeds: 3, members: 2, in: &layout)
        let store = try backend.makeState(layout)
        try store.initialize(three, critic.parameters, seeds: [1, 9, 4], network: 0)
        let path = folder.file("one.safetensors")
        try WeightsFile.write(three.all, of: store, position: 1, seedCount: 3, metadata: [:], to: path)
        let file = try SafetensorsFile(contentsOf: path)
        for variable in arena.variables {
            #expect(try file.floats(named: variable.name) == self.store.floats(variable))
        }
    }

    private func refusal(_ tensors: [SafetensorsTensor]) throws -> String {
        let path = folder.file("bad.safetensors")
        try SafetensorsWriter.write(tensors, to: path)
        let before = try arena.variables.map { try store.floats($0) }
        do {
            try WeightsFile.read(arena, into: store, from: path)
            return "accepted"
        } catch let error as FormatError {
            #expect(try arena.variables.map { try store.floats($0) } == before, "something was loaded")
            return error.description
        }
    }

    @Test func aMissingTensorIsNamed() throws {
        let message = try refusal(tensors().filter { $0.name != "critic.layers.1.bias" })
        #expect(message.contains("critic.layers.1.bias") && message.contains("bad.safetensors"), "\(message)")
    }

    @Test func anExtraTensorIsNamed() throws {
        for name in ["critic.layers.3.weight", "other.weight", "q"] {
            let message = try refusal(tensors() + [SafetensorsTensor(name: name, shape: [1], floats: [0])])
            #expect(message.contains("'\(name)'"), "\(message)")
        }
    }

    @Test func theOtherGroupsOfARunAreAccepted() throws {
        let actor = SafetensorsTensor(name: "actor.layers.0.weight", shape: [1], floats: [0])
        #expect(try refusal(tensors() + [actor]) == "accepted")
    }

    @Test func aMisshapenTensorIsNamedWithBothShapes() throws {
        let message = try refusal(
            tensors().map {
                $0.name == "critic.layers.0.weight"
                    ? SafetensorsTensor(name: $0.name, shape: [2, 4, 5], floats: [Float](repeating: 0, count: 40)) : $0
            })
        #expect(message.contains("critic.layers.0.weight") && message.contains("[2, 4, 5]"), "\(message)")
        #expect(message.contains("[2, 5, 4]"), "\(message)")
    }

    @Test func doublesAreNotWeights() throws {
        let message = try refusal(
            tensors().map {
                guard $0.name == "critic.layers.0.bias" else { return $0 }
                return SafetensorsTensor(name: $0.name, shape: $0.shape, doubles: [Double](repeating: 0, count: 8))
            })
        #expect(message.contains("critic.layers.0.bias"), "\(message)")
    }
}
