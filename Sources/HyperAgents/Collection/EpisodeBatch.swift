/// Episodes of many lanes side by side, one each, padded to one length: what a lane did not reach is 0.
///
/// Row-major; lanes are `[seed, task, trajectory]` or whatever their owner says.
public final class EpisodeBatch {
    public let lanes: Int
    /// Steps that an episode can have.
    public let horizon: Int
    public let stateSize: Int
    public let actionSize: Int

    /// Before each step, `[lanes, horizon, stateSize]`.
    public let states: UnsafeMutableBufferPointer<Float>
    /// `[lanes, horizon, actionSize]`.
    public let actions: UnsafeMutableBufferPointer<Float>
    /// `[lanes, horizon]`.
    public let rewards: UnsafeMutableBufferPointer<Float>
    /// 1 for each step that was taken, else 0, `[lanes, horizon]`. A step in which the simulation diverged was not.
    public let mask: UnsafeMutableBufferPointer<Float>
    /// Steps that each lane took.
    public internal(set) var lengths: [Int]
    /// Undiscounted return of each lane; nil for an episode that the simulation could not finish.
    public internal(set) var returns: [Double?]

    public init(lanes: Int, horizon: Int, stateSize: Int, actionSize: Int) {
        self.lanes = lanes
        self.horizon = horizon
        self.stateSize = stateSize
        self.actionSize = actionSize
        func allocate(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
            let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
            buffer.initialize(repeating: 0)
            return buffer
        }
        states = allocate(lanes * horizon * stateSize)
        actions = allocate(lanes * horizon * actionSize)
        rewards = allocate(lanes * horizon)
        mask = allocate(lanes * horizon)
        lengths = [Int](repeating: 0, count: lanes)
        returns = [Double?](repeating: nil, count: lanes)
    }

    deinit { for buffer in [states, actions, rewards, mask] { buffer.deallocate() } }

    /// Steps of some lanes in all.
    public func stepCount(of lanes: Range<Int>) -> Int { lengths[lanes].reduce(0, +) }

    func clear() {
        for buffer in [states, actions, rewards, mask] { buffer.update(repeating: 0) }
        for lane in lengths.indices { (lengths[lane], returns[lane]) = (0, nil) }
    }
}
