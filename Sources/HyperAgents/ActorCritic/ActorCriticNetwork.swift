import HyperModels
import HyperTensor

/// A network of an actor-critic, as its seed's random stream for initial values knows it. The numbers decide what a network begins
/// with, so they never change.
public enum ActorCriticNetwork: UInt64 {
    case critic = 0
    case actor = 1
}

extension StateStore {
    /// Sets parameters and buffers to what this network of an actor-critic begins with.
    ///
    /// - Parameter seeds: One for each index of the variables' first axis.
    public func initialize(
        _ arenas: NetworkArenas, _ list: ParameterList, seeds: [UInt32], network: ActorCriticNetwork
    ) throws {
        try initialize(arenas, list, seeds: seeds, network: network.rawValue)
    }
}
