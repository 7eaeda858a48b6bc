import HyperTensor

/// How a transition lies in a replay row: state, action, reward, next state, 1 − terminated; float32, side by side.
public struct TransitionLayout: Hashable, Sendable {
    public let stateSize: Int
    public let actionSize: Int

    public init(stateSize: Int, actionSize: Int) {
        self.stateSize = stateSize
        self.actionSize = actionSize
    }

    /// Numbers in a row.
    public var width: Int { 2 * stateSize + actionSize + 2 }

    var action: Range<Int> { stateSize..<stateSize + actionSize }
    var reward: Range<Int> { action.upperBound..<action.upperBound + 1 }
    var nextState: Range<Int> { reward.upperBound..<reward.upperBound + stateSize }
    var continuation: Range<Int> { nextState.upperBound..<nextState.upperBound + 1 }

    /// Writes what is known before an environment's step into a row of `width` numbers.
    func begin(
        _ row: UnsafeMutableBufferPointer<Float>, state: UnsafeBufferPointer<Float>, action: UnsafeBufferPointer<Float>
    ) {
        for index in 0..<stateSize { row[index] = state[index] }
        for index in 0..<actionSize { row[self.action.lowerBound + index] = action[index] }
    }

    /// Writes what the step led to.
    ///
    /// - Parameter isTerminal: Whether the environment ended the episode; a time limit does not.
    func finish(
        _ row: UnsafeMutableBufferPointer<Float>, reward: Float, nextState: UnsafeBufferPointer<Float>, isTerminal: Bool
    ) {
        row[self.reward.lowerBound] = reward
        for index in 0..<stateSize { row[self.nextState.lowerBound + index] = nextState[index] }
        row[continuation.lowerBound] = isTerminal ? 0 : 1
    }
}

/// A batch of transitions in a program; the member axis has size 1.
public struct TransitionBatch {
    /// `[seeds, 1, batch, stateSize]`.
    public let states: Tensor
    /// `[seeds, 1, batch, actionSize]`.
    public let actions: Tensor
    /// `[seeds, 1, batch, 1]`.
    public let rewards: Tensor
    /// `[seeds, 1, batch, stateSize]`.
    public let nextStates: Tensor
    /// 1 − terminated, `[seeds, 1, batch, 1]`.
    public let continuations: Tensor

    public init(states: Tensor, actions: Tensor, rewards: Tensor, nextStates: Tensor, continuations: Tensor) {
        self.states = states
        self.actions = actions
        self.rewards = rewards
        self.nextStates = nextStates
        self.continuations = continuations
    }

    /// The columns of replay rows `[seeds, batch, width]`.
    init(rows: Tensor, layout: TransitionLayout) {
        let rows = rows.expanded(at: 1)
        states = rows.slice(axis: 3, 0..<layout.stateSize)
        actions = rows.slice(axis: 3, layout.action)
        rewards = rows.slice(axis: 3, layout.reward)
        nextStates = rows.slice(axis: 3, layout.nextState)
        continuations = rows.slice(axis: 3, layout.continuation)
    }
}
