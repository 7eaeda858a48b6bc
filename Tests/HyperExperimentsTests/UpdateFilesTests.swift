import Foundation
import HyperAgents
import HyperCPU
import HyperFormats
import HyperModels
import HyperReference
import HyperTensor
import Testing

@testable import HyperExperiments

/// Updates from files to files: what is taken over, what is filled in, and what a run does next.
@Suite struct UpdateFilesTests {
    private let folder: TemporaryFolder
    private let files: UpdateFiles

    init() throws {
        folder = try TemporaryFolder()
        files = UpdateFiles(
            weights: folder.file("W"), batch: folder.file("B"), noise: nil, output: folder.file("O"))
    }

    /// The next update of a run, computed from its checkpoint alone: the state of the next checkpoint, bit for bit, for plain and delayed
    /// updates. The ring holds one row, so the batch is known.
    @Test(
        arguments: [("td3", [:]), ("sac", [:]), ("sac", ["entropy": "auto"])] as [(String, [String: String])],
        [(60, CriticKind.mlpStandard), (61, .saHyper)])
    func anUpdateOfACheckpointIsWhatTheRunDoesNext(
        _ algorithm: (name: String, settings: [String: String]), _ cut: (step: Int, critic: CriticKind)
    ) throws {
        var configuration = try TestRuns.configuration(
            cut.critic, algorithm: #require(AlgorithmCatalogue.standard.named(algorithm.name)), seeds: [7],
            steps: cut.step)
        for (name, value) in algorithm.settings { try configuration.agent.set(name, to: value) }
        try configuration.agent.set("replay-capacity", to: "1")
        let path = folder.file("run")
        try TestRuns.train(configuration, into: path)
        let before = try checkpoint(path, cut.step)
        try FileManager.default.copyItem(atPath: before.statePath, toPath: files.weights)
        try TestRuns.resume(path, steps: cut.step + 1)
        let after = try checkpoint(path, cut.step + 1)

        let spec = try configuration.spec()
        let backend = try CPUBackend(threads: 1)
        let settings = try #require(configuration.agent.base as? any ActorCriticConfiguration)
        let agent = try settings.makeAgent(spec, seeds: [7], backend: backend)
        try after.load(into: agent.replay, position: 0)
        try Batch(repeatingRowOf: agent.replay, count: settings.batchSize).write(to: files.batch)
        let function = try settings.makeUpdateFunction(spec)
        try files.update(function, precision: .single, metadata: [:], backend: backend)

        let (ours, theirs) = (
            try SafetensorsFile(contentsOf: files.output), try SafetensorsFile(contentsOf: after.statePath)
        )
        for variable in function.layout.variables {
            #expect(try ours.floats(named: variable.name) == theirs.floats(named: variable.name), "\(variable.name)")
        }
        for name in function.counts {
            #expect(try ours.int64s(named: name) == theirs.int64s(named: name), "\(name)")
        }
        #expect(ours.metadata["seed"] == "7" && ours.metadata["step"] == "\(cut.step + 1)")
        // Something happened, and what happened is told.
        let first = try #require(function.layout.variables.first?.name)
        #expect(try ours.floats(named: first) != SafetensorsFile(contentsOf: files.weights).floats(named: first))
        #expect(ours.tensors["update.gradient.\(first)"] != nil && ours.tensors["update.targets"] != nil)
    }

    private func checkpoint(_ path: String, _ step: Int) throws -> StoredCheckpoint {
        let run = try StoredRun(path)
        return try StoredCheckpoint(run.files(7), step: step, run: run.description, seed: 7)
    }

    // MARK: Small networks

    private func function(_ settings: KeyValuePairs<String, String> = [:]) throws -> any UpdateFunction {
        var configuration = TD3Configuration(critic: .mlpSmall, environment: "Hopper-v2")
        try configuration.set([("critic.hidden-size", "4"), ("actor.hidden-sizes", "5")])
        for (name, value) in settings { try configuration.set(name, to: value) }
        return try configuration.makeUpdateFunction(stateSize: 3, actionSize: 2, actionLimit: 1)
    }

    /// What has to be given alone, in double precision.
    private func writeWeights(
        _ function: any UpdateFunction, metadata: [String: String] = [:], _ more: [SafetensorsTensor] = []
    ) throws {
        let variables = function.layout.arenas.filter {
            if case .required = function.beginning(of: $0) { true } else { false }
        }.flatMap(\.variables)
        let tensors = variables.map { variable in
            SafetensorsTensor(
                name: variable.name, shape: Array(variable.shape.dimensions.dropFirst()),
                doubles: (0..<variable.type.count).map { (Double($0 * 7 % 11) - 5) / 9 })
        }
        try SafetensorsWriter.write(tensors + more, metadata: metadata, to: files.weights)
    }

    private func update(
        _ function: any UpdateFunction, _ precision: Precision = .double, weights: String? = nil, noise: String? = nil
    ) throws -> SafetensorsFile {
        var files = files
        files.weights = weights ?? files.weights
        files.noise = noise
        try files.update(
            function, precision: precision, metadata: ["algorithm": "td3"],
            backend: precision == .double ? ReferenceBackend() : CPUBackend(threads: 1))
        return try SafetensorsFile(contentsOf: files.output)
    }

    /// With rates of 0 what comes out is what went in: to the last bit of a double, or rounded once.
    @Test func doublesAreNotRounded() throws {
        let function = try function(["critic-learning-rate": "0", "actor-learning-rate": "0", "policy-delay": "1"])
        try writeWeights(function)
        try Batch.small.write(to: files.batch)
        let given = try SafetensorsFile(contentsOf: files.weights)
        let (double, single) = (try update(function), try update(function, .single))
        for name in given.names {
            let values = try given.doubles(named: name)
            #expect(try double.doubles(named: name) == values && double.entry(named: name).dataType == .float64)
            #expect(try single.floats(named: name) == values.map { Float($0) })
        }
        // Targets that are not given begin as copies, and 0.005 of nothing moves them.
        #expect(
            try double.doubles(named: "critic_target.layers.0.weight") == given.doubles(named: "critic.layers.0.weight")
        )
        // y = r where the episode ended.
        #expect(try double.doubles(named: "update.targets")[1] == Batch.small.rewards[1])
        #expect(double.names.allSatisfy { double.tensors[$0]?.dataType != .float32 })
    }

    @Test func noiseThatIsNotGivenIsTrainings() throws {
        let function = try function()
        try Batch.small.write(to: files.batch)
        func noise(_ metadata: [String: String], _ more: [SafetensorsTensor] = []) throws -> [Double] {
            try writeWeights(function, metadata: metadata, more)
            return try update(function).doubles(named: "update.noise.target_noise", shape: [3, 2])
        }
        let first = try noise(["seed": "5", "step": "1000"])
        #expect(Set(first).count == 6 && first.allSatisfy { abs($0) < 6 })
        #expect(try noise(["seed": "5", "step": "1001"]) != first)
        #expect(try noise(["seed": "6", "step": "1000"]) != first)
        #expect(try noise([:]) == noise(["seed": "0", "step": "0"]))
        // What a checkpoint counts is stronger than what a file's text says.
        let step = SafetensorsTensor(name: "training.step", shape: [1], elements: .int64([1000]))
        #expect(try noise(["seed": "5", "step": "4"], [step]) == first)

        // Given, the same numbers give the same update; others another one.
        func targets(_ values: [Double]) throws -> [Double] {
            try SafetensorsWriter.write(
                [SafetensorsTensor(name: "target_noise", shape: [3, 2], doubles: values)], to: folder.file("N"))
            let result = try update(function, noise: folder.file("N"))
            #expect(try result.doubles(named: "update.noise.target_noise") == values)
            return try result.doubles(named: "update.targets")
        }
        let drawn = try update(function).doubles(named: "update.targets")
        #expect(try targets(first) == drawn)
        #expect(try targets(first.map { $0 + 0.5 }) != drawn)
    }

    /// The output of an update is the weights of the next; every second one moves the actor.
    @Test func updatesGoOnFromTheirOutputs() throws {
        let function = try function()
        try writeWeights(function)
        try Batch.small.write(to: files.batch)
        var actors: [[Double]] = [try SafetensorsFile(contentsOf: files.weights).doubles(named: "actor.layers.1.bias")]
        for index in 1...4 {
            let result = try update(function, weights: index == 1 ? nil : files.output)
            #expect(try result.int64s(named: "td3.updates") == [Int64(index)])
            #expect(try result.int64s(named: "td3.policy_updates") == [Int64(index / 2)])
            #expect(result.metadata["step"] == "\(index)" && result.metadata["algorithm"] == "td3")
            #expect((result.tensors["update.actor_loss"] != nil) == (index % 2 == 0))
            actors.append(try result.doubles(named: "actor.layers.1.bias"))
        }
        #expect(actors[0] == actors[1] && actors[1] != actors[2] && actors[2] == actors[3] && actors[3] != actors[4])
    }

    // MARK: Refusals

    private func refusal(
        _ settings: KeyValuePairs<String, String> = [:], noise: String? = nil, precision: Precision = .double
    ) throws -> String {
        do {
            _ = try update(function(settings), precision, noise: noise)
            return "accepted"
        } catch let error as FormatError {
            #expect(!Folder.exists(files.output), "something was written")
            return error.description
        }
    }

    @Test func aBatchThatDoesNotFitIsRefusedByTheTensorsName() throws {
        try writeWeights(function())
        func check(_ change: (inout [String: Batch.Numbers]) -> Void, _ message: String) throws {
            var tensors = Batch.small.tensors
            change(&tensors)
            try Batch.write(tensors, to: files.batch)
            let found = try refusal()
            #expect(found.hasPrefix("\(files.batch): ") && found.contains(message), "\(found)")
            #expect(!found.contains("\n"))
        }
        try check({ $0["reward"] = nil }, "has no tensor 'reward'; it holds")
        try check({ $0["done"] = ([3], [0, 0, 1]) }, "tensor 'done' does not belong to a batch of td3")
        try check({ $0["action"] = ([3, 1], [1, 2, 3]) }, "tensor 'action' has shape [3, 1], needed is [3, 2]")
        try check({ $0["reward"] = ([2], [1, 2]) }, "tensor 'reward' has shape [2], needed is [3]")
        try check({ $0["reward"] = ([3, 2], [1, 2, 3, 4, 5, 6]) }, "shape [3, 2], needed is [3]")
        try check({ $0["state"] = ([3], [1, 2, 3]) }, "tensor 'state' has shape [3], needed is [B, 3] with B ≥ 1")
        try check({ $0["state"] = ([0, 3], []) }, "tensor 'state' has shape [0, 3], needed is [B, 3] with B ≥ 1")
        try check({ $0["reward"] = ([3], [1, .nan, 2]) }, "tensor 'reward': element 1 is nan")
        try check({ $0["next_state"]?.values[4] = -.infinity }, "tensor 'next_state': element 4 is -inf")
        try check({ $0["terminated"] = ([3], [0, 1, 0.5]) }, "tensor 'terminated': element 2 is 0.5; it may be 0 or 1")
        var tensors = Batch.small.tensors
        tensors["reward"] = ([3, 1], [1, 1e300, 2])
        try Batch.write(tensors, to: files.batch)
        #expect(try refusal(precision: .single).contains("element 1 is 1e+300, beyond float32; --double takes it"))
        #expect(try refusal() == "accepted", "a column of rewards, in double precision")
    }

    @Test func weightsThatDoNotFitAreRefusedByTheTensorsName() throws {
        try Batch.small.write(to: files.batch)
        let zeros = [Double](repeating: 0, count: 20)
        func check(_ tensor: SafetensorsTensor, _ message: String, metadata: [String: String] = [:]) throws {
            try writeWeights(function(), metadata: metadata, [tensor])
            let found = try refusal()
            #expect(found.hasPrefix("\(files.weights): ") && found.contains(message), "\(found)")
        }
        func tensor(_ name: String, _ shape: [Int]) -> SafetensorsTensor {
            SafetensorsTensor(name: name, shape: shape, doubles: Array(zeros.prefix(shape.reduce(1, *))))
        }
        try check(tensor("critic.layers.9.bias", [2]), "tensor 'critic.layers.9.bias' does not belong to td3")
        try check(tensor("log_alpha", [1]), "tensor 'log_alpha' does not belong to td3 with this critic")
        try check(tensor("td3.update", [1]), "tensor 'td3.update' does not belong")
        try check(tensor("actor_target.layers.0.bias", [1, 5]), "has no tensor 'actor_target.layers.0.weight'")
        try check(
            SafetensorsTensor(name: "td3.updates", shape: [1], elements: .int64([-1])),
            "tensor 'td3.updates' is [-1], not one number from 0 to 2147483646")
        try check(tensor("td3.updates", [1]), "tensor 'td3.updates': dtype is F64, not I64")
        let unused = tensor("log.returns", [2])
        try check(unused, "metadata 'seed' is 'x', not a number from 0 to 4294967295", metadata: ["seed": "x"])
        try check(unused, "metadata 'step' is '-3'", metadata: ["step": "-3"])
        try writeWeights(function())
        #expect(
            try refusal(["actor.hidden-sizes": "6"])
                .contains("'actor.layers.0.weight': shape [1, 3, 5], needed is [1, 3, 6]"))
        try SafetensorsWriter.write([unused], to: files.weights)
        #expect(try refusal().contains("has no tensor 'critic.layers.0.weight'"))
        try writeWeights(function(), [SafetensorsTensor(name: "update.x", shape: [1], elements: .int64([1])), unused])
        #expect(try refusal() == "accepted", "what a checkpoint or an earlier update tells beside its state")
    }

    @Test func weightsAreFiniteNumbers() throws {
        try Batch.small.write(to: files.batch)
        let function = try function()
        let moments = try #require(function.layout.arena(named: "critic_second_moment"))
        let tensors = moments.variables.map { variable in
            SafetensorsTensor(
                name: variable.name, shape: Array(variable.shape.dimensions.dropFirst()),
                doubles: [Double](repeating: variable.name.hasSuffix("1.bias") ? .nan : 0, count: variable.type.count))
        }
        try writeWeights(function, tensors)
        #expect(try refusal().contains("tensor 'critic_second_moment.layers.1.bias': element 0 is nan"))
    }

    /// Nothing can be normalised over a single transition.
    @Test func aBatchOfASizeThatTheSettingsDoNotAllowIsRefused() throws {
        var configuration = TD3Configuration(critic: .saHyper, environment: "Hopper-v2")
        try configuration.set([("primary.widths", "4"), ("primary.normalization", "batch")])
        let function = try configuration.makeUpdateFunction(stateSize: 3, actionSize: 2, actionLimit: 1)
        try writeWeights(function)
        let first = Batch.small.tensors.mapValues { tensor in
            (shape: [1] + tensor.shape.dropFirst(), values: Array(tensor.values.prefix(tensor.values.count / 3)))
        }
        try Batch.write(first, to: files.batch)
        let error = #expect(throws: FormatError.self) { try update(function) }
        #expect(
            error?.description.hasPrefix(
                "\(files.batch): does not fit the settings. Setting primary.normalization=batch:")
                == true, "\(error?.description ?? "")")
        try Batch.small.write(to: files.batch)
        #expect(try update(function).tensors["critic_buffers.primary.1.residual.1.first_norm.mean"] != nil)
    }

    @Test func noiseThatDoesNotFitIsRefusedByTheTensorsName() throws {
        try writeWeights(function())
        try Batch.small.write(to: files.batch)
        let path = folder.file("N")
        func check(_ tensors: [SafetensorsTensor], _ message: String) throws {
            try SafetensorsWriter.write(tensors, to: path)
            let found = try refusal(noise: path)
            #expect(found.hasPrefix("\(path): ") && found.contains(message), "\(found)")
        }
        let good = SafetensorsTensor(name: "target_noise", shape: [3, 2], doubles: [0, 1, 0, 1, 0, 1])
        try check([], "has no tensor 'target_noise'")
        try check([good, SafetensorsTensor(name: "policy_noise", shape: [1], doubles: [0])], "the noise of td3")
        try check(
            [SafetensorsTensor(name: "target_noise", shape: [2, 2], doubles: [0, 1, 0, 1])],
            "tensor 'target_noise' has shape [2, 2], needed is [3, 2]")
        try check(
            [SafetensorsTensor(name: "target_noise", shape: [3, 2], doubles: [0, 1, 0, 1, 0, .infinity])],
            "element 5 is inf")
    }
}

/// A batch in a file.
private struct Batch {
    typealias Numbers = (shape: [Int], values: [Double])

    var tensors: [String: Numbers]

    /// Three transitions; the second ends its episode.
    static let small = Batch(tensors: [
        "state": ([3, 3], [0.1, 0.2, 0.3, -0.4, 0.5, 1.6, -0.7, 0.8, 0.9]),
        "action": ([3, 2], [0.3, -0.1, 0, 1, -1, 0.7]),
        "reward": ([3], [1.1, -0.3, 2]), "next_state": ([3, 3], [1, 0.2, -0.3, 0.4, -0.5, 0.6, 0.7, 0.1, -0.9]),
        "terminated": ([3], [0, 1, 0]),
    ])

    var rewards: [Double] { tensors["reward"]?.values ?? [] }

    init(tensors: [String: Numbers]) { self.tensors = tensors }

    /// The one row that a ring holds, `count` times.
    init(repeatingRowOf replay: Replay, count: Int) throws {
        let layout = replay.layout
        var row = [Float](repeating: 0, count: layout.width)
        try row.withUnsafeMutableBytes { try replay.readRows(replay.heldRows(of: 0), of: 0, into: $0) }
        tensors = [:]
        var rest = row.map { Double($0) }[...]
        for (name, size) in [
            ("state", layout.stateSize), ("action", layout.actionSize), ("reward", 1), ("next_state", layout.stateSize),
            ("continuation", 1),
        ] {
            let values = (0..<count).flatMap { _ in rest.prefix(size) }
            tensors[name] = ([count, size], values)
            rest = rest.dropFirst(size)
        }
        let continuation = tensors.removeValue(forKey: "continuation")
        tensors["terminated"] = continuation.map { ($0.shape, $0.values.map { 1 - $0 }) }
    }

    func write(to path: String) throws { try Self.write(tensors, to: path) }

    static func write(_ tensors: [String: Numbers], to path: String) throws {
        try SafetensorsWriter.write(
            tensors.map { SafetensorsTensor(name: $0, shape: $1.shape, doubles: $1.values) }, to: path)
    }
}
