import Foundation
import HyperCPU
import HyperFormats
import HyperReference
import HyperTensor
import Testing

@testable import HyperAgents

/// The programs that train, whole: the draw from the replay, every random stream, the binding of inputs, both Adam scales and the
/// delayed part, for two seeds with rings of different lengths. PyTorch's numbers come from tools/make-program-reference.
@Suite struct TrainingProgramTests {
    static let names = ["td3-mlp", "td3-hyper", "sac-mlp", "sac-hyper"]

    /// Measured: 3e-13 of the largest element.
    @Test(arguments: names) func sixUpdatesEqualPyTorchInDouble(_ name: String) throws {
        try compare(name, on: ReferenceBackend(), limit: 1e-10)
    }

    @Test(arguments: names) func sixUpdatesFollowPyTorchOnTheCPU(_ name: String) throws {
        try compare(name, on: CPUBackend(threads: 2), limit: 2e-3)
    }

    private func compare(_ name: String, on backend: any Backend, limit: Double) throws {
        let reference = try ProgramReference(name)
        let agent = try reference.makeAgent(on: backend)
        var worst = 0.0
        func check(_ tensor: String, _ ours: [Double], limit: Double) throws {
            let error = relativeError(ours, try reference.file.doubles(named: tensor))
            worst = max(worst, error)
            #expect(error < limit, "\(tensor): relative error \(error)")
        }
        // Outputs leave a backend as float32.
        let outputLimit = max(limit, 1e-6)
        for (update, step) in try reference.integers("steps").enumerated() {
            try agent.update(step: step)
            let metrics = try agent.latestMetrics()
            for (metric, values) in metrics where reference.holds("update.\(update + 1).\(metric)") {
                try check("update.\(update + 1).\(metric)", values.map { Double($0) }, limit: outputLimit)
            }
            let expected = reference.file.tensors.keys.filter { $0.hasPrefix("update.\(update + 1).") }
            #expect(expected.allSatisfy { name in metrics.contains { name.hasSuffix(".\($0.name)") } }, "\(metrics)")
        }
        let variables = agent.learner.savedArenas.flatMap(\.variables).filter { $0.name != "losses_were_finite" }
        for variable in variables {
            try check("end.\(variable.name)", agent.state.doubles(variable), limit: limit)
        }
        #expect(
            Set(variables.map { "end.\($0.name)" })
                == Set(reference.file.tensors.keys.filter { $0.hasPrefix("end.") }))
        #expect(try agent.lossesWereFinite() == [true, true])

        func act(_ tensor: String, _ body: (UnsafeMutableBufferPointer<Float>) throws -> Void) throws {
            let count = try reference.file.doubles(named: tensor).count
            let actions = try [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
                try body(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
                initialized = count
            }
            try check(tensor, actions.map { Double($0) }, limit: outputLimit)
        }
        let observation = try reference.floats("explore.observation")
        for kind in ["explore", "random"] {
            let step = try reference.integers("\(kind).step")[0]
            try act("\(kind).action") { actions in
                try observation.withUnsafeBufferPointer { try agent.explore($0, step: step, into: actions) }
            }
        }
        let observations = try reference.floats("act.observation")
        let policy = try agent.makePolicy(batch: observations.count / observation.count)
        try act("act.action") { actions in
            try observations.withUnsafeBufferPointer { try policy.act($0, into: actions) }
        }
        print("\(name): largest relative error \(worst) on \(backend.device.backend)")
    }
}

/// What tools/make-program-reference wrote for one algorithm and critic.
private struct ProgramReference {
    let name: String
    let file: SafetensorsFile
    private static let stateSize = 5
    private static let actionSize = 3
    private static let actionLimit = 1.5

    init(_ name: String) throws {
        self.name = name
        guard let path = Bundle.module.path(forResource: "Fixtures/program-\(name)", ofType: "safetensors") else {
            throw TensorError("fixture program-\(name).safetensors is missing")
        }
        file = try SafetensorsFile(contentsOf: path)
    }

    func integers(_ tensor: String) throws -> [Int] { try file.doubles(named: tensor).map { Int($0) } }
    func floats(_ tensor: String) throws -> [Float] { try file.doubles(named: tensor).map { Float($0) } }
    func holds(_ tensor: String) -> Bool { file.tensors[tensor] != nil }

    /// An agent with the fixture's parameters, targets and replay.
    func makeAgent(on backend: any Backend) throws -> any ActorCriticAgent {
        let agent = try configuration().makeAgent(
            stateSize: Self.stateSize, actionSize: Self.actionSize, actionLimit: Self.actionLimit,
            seeds: integers("seeds").map { UInt32($0) }, backend: backend)
        for variable in agent.learner.savedArenas.flatMap(\.variables) where holds("start.\(variable.name)") {
            try agent.state.write(doubles: file.doubles(named: "start.\(variable.name)"), to: variable)
        }
        for (seed, stored) in try integers("stored").enumerated() {
            agent.replay.setStored(stored, of: seed)
            try floats("rows.\(seed)").withUnsafeBytes {
                try agent.replay.writeRows(agent.replay.heldRows(of: seed), of: seed, from: $0)
            }
        }
        return agent
    }

    private func configuration() throws -> any ActorCriticConfiguration {
        let isHyper = name.hasSuffix("-hyper")
        let algorithm = try #require(ActorCriticType.named(String(name.prefix(3))))
        var configuration = algorithm.configuration(critic: isHyper ? .saHyper : .mlpStandard, environment: "Hopper-v2")
        try configuration.set([
            ("critic-learning-rate", "1e-2"), ("actor-learning-rate", "3e-3"), ("batch-size", "7"),
            ("replay-capacity", "16"), ("random-steps", "10"),
        ])
        if algorithm.name == "sac" {
            // A fixed coefficient with the hypernetwork, a learned one without.
            try configuration.set([("entropy", isHyper ? "0.7" : "auto"), ("entropy-learning-rate", "3e-2")])
        }
        try configuration.setWhatApplies([
            "actor.hidden-sizes": "9,7", "primary.widths": "4,6,8", "dynamic.hidden-size": "5",
            "critic.hidden-size": "8",
        ])
        return configuration
    }
}
