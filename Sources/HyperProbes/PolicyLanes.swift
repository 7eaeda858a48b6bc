import HyperAgents
import HyperEnvironments

/// Environments side by side, a number of lanes for each seed, and the policy that acts in all of them at once.
///
/// They live as long as one measurement.
final class PolicyLanes {
    let environments: VectorEnvironment
    /// Lanes of each seed; lane `l` of seed `s` is environment `s · count + l`.
    let count: Int
    private let policy: any Policy
    /// The policy's actions, or what a caller put in their place, `[seeds, count, actionSize]`.
    var actions: [Float]

    /// - Parameters:
    ///   - environments: All inactive from here on.
    ///   - policy: Made for `count` observations of each seed.
    init(environments: VectorEnvironment, count: Int, policy: any Policy) {
        self.environments = environments
        self.count = count
        self.policy = policy
        actions = [Float](repeating: 0, count: environments.count * environments.spec.actionSize)
        for index in environments.isActive.indices { environments.isActive[index] = false }
    }

    /// Asks the policy in all lanes.
    func act() throws {
        try actions.withUnsafeMutableBufferPointer {
            try policy.act(UnsafeBufferPointer(environments.observations), into: $0)
        }
    }

    /// Steps the active lanes with `actions`.
    func step() {
        actions.withUnsafeBufferPointer { _ = environments.step($0) }
    }
}

extension Policy {
    /// What the policy does in `states`, `[seeds, batch, stateSize]`; as `[seeds, batch, actionSize]`.
    func actions(_ states: [Float], actionSize: Int, stateSize: Int) throws -> [Float] {
        var actions = [Float](repeating: 0, count: states.count / stateSize * actionSize)
        try actions.withUnsafeMutableBufferPointer { target in
            try states.withUnsafeBufferPointer { try act($0, into: target) }
        }
        return actions
    }
}
