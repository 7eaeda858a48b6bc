import HyperCPU
import HyperModels
import HyperRandom
import HyperReference
import HyperTensor
import Testing

@testable import HyperAgents

/// Updates as functions of state, batch and noise: PyTorch's numbers, and training's bits.
@Suite struct UpdateFunctionTests {
    /// Every tensor that the fixtures hold of six updates, each from the state that the one before left in double precision. Measured: 3e-13
    /// of the largest element in double precision, 2.8e-11 with batch normalisation, which divides by the spread of 7 samples.
    @Test(arguments: try UpdateTests.references()) func updatesEqualPyTorch(_ reference: UpdateReference) throws {
        let function = try reference.makeFunction()
        var double = try State(of: reference, function)
        var (compared, worst, worstSingle) = (0, 0.0, 0.0)
        for index in 1...UpdateReference.updates {
            let single = try double.updated(function, reference, index, on: CPUBackend(threads: 2))
            double = try double.updated(function, reference, index, on: ReferenceBackend())
            for (name, expected) in try reference.expected(after: index) {
                let error = relativeError(try #require(double.tensors[name], "\(name)"), expected)
                #expect(
                    error < (reference.normalization == .batch ? 1e-9 : 1e-10), "update \(index), \(name): \(error)")
                let singleError = relativeError(try #require(single.tensors[name]), expected)
                #expect(singleError < 1e-4, "update \(index), \(name) in float32: \(singleError)")
                (compared, worst, worstSingle) = (compared + 1, max(worst, error), max(worstSingle, singleError))
            }
        }
        #expect(compared > 100, "only \(compared) tensors were compared")
        print("\(reference.name) as a function: \(compared) tensors, at most \(worst), in float32 \(worstSingle)")
    }

    /// For rows, noise and step of training itself, every bit of what training changes and tells, in plain and in delayed updates.
    @Test(arguments: TestedAlgorithm.variants, [CriticKind.mlpStandard, .saHyper])
    func anUpdateIsTrainingsBitForBit(_ algorithm: TestedAlgorithm, _ critic: CriticKind) throws {
        let run = SmallRun(algorithm: algorithm, critic: critic)
        let backend = try CPUBackend(threads: 1)
        let agent = try run.configuration().makeAgent(
            stateSize: 5, actionSize: 3, actionLimit: 1.5, seeds: run.seeds, backend: backend)
        let function = try run.configuration().makeUpdateFunction(stateSize: 5, actionSize: 3, actionLimit: 1.5)
        try agent.fillReplay(transitions: 90)
        for step in 1000..<1004 {
            var saved = SavedValues()
            try agent.save(0, into: &saved)
            let counts = Dictionary(
                uniqueKeysWithValues: try function.counts.map { ($0, try saved.count($0)) })
            let update = try UpdateRun(
                function, sizes: ["B": run.configuration().batchSize], after: counts, backend: backend)
            for variable in function.layout.variables {
                try update.set(variable, to: agent.state.doubles(#require(agent.variable(variable.name))))
            }
            let batch = try agent.drawnBatch(run.configuration().batchSize, step: step)
            for input in function.inputs {
                let drawn = try update.drawn(input, seed: run.seeds[0], step: step)
                try update.set(input, to: #require(drawn ?? batch[input.name], "\(input.name)"))
            }
            try update.run()
            try agent.update(step: step)
            for variable in function.layout.variables {
                let trained = try agent.state.doubles(#require(agent.variable(variable.name)))
                #expect(try update.values(of: variable) == trained, "\(variable.name) at \(step)")
            }
            saved = SavedValues()
            try agent.save(0, into: &saved)
            for (name, count) in update.counts { #expect(try saved.count(name) == count, "\(name) at \(step)") }
            let outputs = Dictionary(uniqueKeysWithValues: try update.outputs().map { ($0.name, $0.values) })
            // An update without the policy tells the last actor's loss once more.
            for (name, values) in try agent.latestMetrics() where outputs[name] != nil {
                #expect(outputs[name] == values.map { Double($0) }, "\(name) at \(step)")
            }
            #expect(outputs["critic_loss"] != nil && outputs["value_mean"] != nil)
            let isDelayed = update.counts["td3.updates"].map { $0 % 2 == 0 } ?? true
            #expect((outputs["actor_loss"] != nil) == isDelayed)
        }
    }

    /// What changes is what the layout names, and nothing that training keeps beside it is left out.
    @Test(arguments: TestedAlgorithm.variants) func itsStateIsTheAgentsWithoutReplay(_ algorithm: TestedAlgorithm)
        throws
    {
        let configuration = try SmallRun(algorithm: algorithm).configuration()
        let agent = try configuration.makeAgent(
            stateSize: 5, actionSize: 3, actionLimit: 1, seeds: [0], backend: CPUBackend(threads: 1))
        let function = try configuration.makeUpdateFunction(stateSize: 5, actionSize: 3, actionLimit: 1)
        #expect(
            function.layout.variables.map(\.name)
                == agent.learner.savedArenas.flatMap(\.variables).map(\.name).filter { $0 != "losses_were_finite" })
        for arena in function.layout.arenas {
            switch function.beginning(of: arena) {
            case .required: #expect(["critic", "actor", "log_alpha"].contains(arena.name))
            case .zero: #expect(arena.name.hasSuffix("_moment"))
            case .copy(let source): #expect(arena.name == "\(source.name)_target")
            }
        }
    }

    @Test func batchNormalisationNeedsTwoTransitions() throws {
        var configuration = TD3Configuration(critic: .saHyper, environment: "Hopper-v2")
        try configuration.set("primary.normalization", to: "batch")
        let function = try configuration.makeUpdateFunction(stateSize: 5, actionSize: 3, actionLimit: 1)
        #expect(throws: SettingError.self) { try function.trace(sizes: ["B": 1], after: [:]) }
        #expect(throws: Never.self) { try function.trace(sizes: ["B": 2], after: [:]) }
    }
}

/// The state of an update function in double precision, with what the latest update told, by the function's names.
private struct State {
    var tensors: [String: [Double]] = [:]
    var counts: [String: Int] = [:]

    /// What a reference begins from; targets and moments are left to `UpdateRun.begin(_:)`.
    init(of reference: UpdateReference, _ function: any UpdateFunction) throws {
        for arena in function.layout.arenas {
            guard case .required = function.beginning(of: arena) else { continue }
            for variable in arena.variables {
                tensors[variable.name] = variable.name == "log_alpha" ? [0] : try reference.numbers(variable.name)
            }
        }
    }

    /// The state after update `index` of the reference.
    func updated(
        _ function: any UpdateFunction, _ reference: UpdateReference, _ index: Int, on backend: any Backend
    ) throws -> State {
        let run = try UpdateRun(function, sizes: ["B": UpdateReference.batchSize], after: counts, backend: backend)
        for arena in function.layout.arenas {
            guard arena.variables.allSatisfy({ tensors[$0.name] != nil }) else {
                try run.begin(arena)
                continue
            }
            for variable in arena.variables { try run.set(variable, to: tensors[variable.name] ?? []) }
        }
        for input in function.inputs { try run.set(input, to: reference.numbers(reference.name(of: input, index))) }
        try run.run()
        var next = self
        next.counts = run.counts
        for variable in function.layout.variables { next.tensors[variable.name] = try run.values(of: variable) }
        for output in try run.outputs() { next.tensors[output.name] = output.values }
        return next
    }
}

extension UpdateReference {
    fileprivate func makeFunction() throws -> any UpdateFunction {
        if name.hasPrefix("td3") {
            return try TD3UpdateFunction(
                td3Configuration(), stateSize: Self.stateSize, actionSize: Self.actionSize, actionLimit: 1,
                critic: critic)
        }
        return try SACUpdateFunction(
            sacConfiguration(), stateSize: Self.stateSize, actionSize: Self.actionSize, actionLimit: 1.5, critic: critic
        )
    }

    /// What the fixture calls an input of update `index`.
    fileprivate func name(of input: UpdateInput, _ index: Int) -> String {
        switch input.content {
        case .numbers, .flags: "update.\(index).batch.\(input.name)"
        case .noise(.policy): "update.\(index).noise"
        case .noise: name.hasPrefix("td3") ? "update.\(index).noise" : "update.\(index).next_noise"
        }
    }

    /// All that the fixture holds of update `index` beside batch and noise, by the function's names.
    fileprivate func expected(after index: Int) throws -> [(name: String, values: [Double])] {
        let prefix = "update.\(index)."
        let groups = [
            "critic.loss": "critic_loss", "actor.loss": "actor_loss", "log_probability": "entropy",
            "targets": "targets", "values": "values", "log_alpha": "log_alpha",
        ]
        let kinds =
            [
                "gradient": { "gradient.\($0).\($1)" }, "parameter": { "\($0).\($1)" },
                "first_moment": { "\($0)_first_moment.\($1)" }, "second_moment": { "\($0)_second_moment.\($1)" },
                "buffer": { "\($0)_buffers.\($1)" },
            ] as [String: (Substring, String) -> String]
        return try file.names.filter { $0.hasPrefix(prefix) }.compactMap { full in
            let rest = String(full.dropFirst(prefix.count))
            if rest.hasPrefix("batch.") || rest.hasSuffix("noise") { return nil }
            let values = try numbers(full)
            if let name = groups[rest] { return (name, rest == "log_probability" ? values.map { -$0 } : values) }
            let parts = rest.split(separator: ".", maxSplits: 2)
            guard parts.count == 3, let name = kinds[String(parts[1])] else {
                throw TensorError("'\(full)' has no counterpart")
            }
            return (name(parts[0], String(parts[2])), values)
        }
    }
}

extension ActorCriticAgent {
    fileprivate func variable(_ name: String) -> Variable? { state.layout.variables.first { $0.name == name } }

    /// The batch that an update at this step draws for the first seed, by the names of files.
    fileprivate func drawnBatch(_ size: Int, step: Int) throws -> [String: [Double]] {
        let layout = replay.layout
        let count = replay.heldRows(of: 0).count
        let stream = RandomStream(seed: seeds[0], stream: .replay)
        let table = try state.floats(replay.table)
        var batch: [String: [Double]] = [:]
        for lane in 0..<size {
            let row = Int(stream.integer(below: UInt32(count), step: UInt64(step), lane: UInt32(lane))) * layout.width
            func add(_ name: String, _ columns: Range<Int>, _ change: (Double) -> Double = { $0 }) {
                batch[name, default: []] += columns.map { change(Double(table[row + $0])) }
            }
            add("state", 0..<layout.stateSize)
            add("action", layout.action)
            add("reward", layout.reward)
            add("next_state", layout.nextState)
            add("terminated", layout.continuation) { 1 - $0 }
        }
        return batch
    }
}
