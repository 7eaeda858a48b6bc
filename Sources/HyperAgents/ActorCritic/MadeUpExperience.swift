import HyperRandom

extension ActorCriticAgent {
    /// Fills the replay with made-up transitions: standard normal states, uniform actions, rewards that follow from both. A function
    /// of each seed alone, the same on every backend.
    public func fillReplay(transitions: Int) throws {
        let streams = seeds.map { RandomStream(seed: $0, stream: .probe) }
        let layout = replay.layout
        for transition in 0..<transitions {
            for (seed, stream) in streams.enumerated() {
                func normal(_ lane: Int) -> Float { stream.normal(step: UInt64(transition), lane: UInt32(lane)) }
                let states = (0..<layout.stateSize).map { normal($0) }
                let next = (0..<layout.stateSize).map { states[$0] * 0.5 + 0.5 * normal(1000 + $0) }
                let actions = (0..<layout.actionSize).map {
                    2 * stream.uniform(step: UInt64(transition), lane: UInt32(2000 + $0)) - 1
                }
                states.withUnsafeBufferPointer { states in
                    actions.withUnsafeBufferPointer { actions in
                        next.withUnsafeBufferPointer { next in
                            let row = replay.row(of: seed)
                            layout.begin(row, state: states, action: actions)
                            layout.finish(
                                row, reward: states[0] * actions[0] + 0.1 * states[1], nextState: next,
                                isTerminal: transition % 50 == 49)
                        }
                    }
                }
            }
            try replay.store { _ in true }
        }
    }
}
