/// What one environment keeps of its simulation between two control steps, a kilobyte at most: all that decides how the
/// simulation goes on, and what a task reads of it. The models have no activations, mocap bodies or user data, which would
/// belong here too.
final class SimulationState {
    /// qpos, `[positionCount]`: metres, radians, quaternions.
    let positions: UnsafeMutableBufferPointer<Double>
    /// qvel, `[velocityCount]`: metres and radians per second.
    let velocities: UnsafeMutableBufferPointer<Double>
    /// ctrl, `[actuatorCount]`. MuJoCo clamps what the motors get, not these numbers.
    let controls: UnsafeMutableBufferPointer<Double>
    /// Where the constraint solver starts from (qacc_warmstart), `[velocityCount]`.
    let accelerationWarmstart: UnsafeMutableBufferPointer<Double>
    /// Forces of contacts on each body (cfrc_ext), `[bodyCount, 6]`: torque, then force. Zero after a reset.
    let contactForces: UnsafeMutableBufferPointer<Double>
    /// Seconds since the reset.
    var time = 0.0

    private let model: CompiledModel

    /// The model's initial state.
    init(_ model: CompiledModel) {
        self.model = model
        positions = Self.zeros(model.positionCount)
        velocities = Self.zeros(model.velocityCount)
        controls = Self.zeros(model.actuatorCount)
        accelerationWarmstart = Self.zeros(model.velocityCount)
        contactForces = Self.zeros(6 * model.bodyCount)
        reset()
    }

    deinit {
        for numbers in [positions, velocities, controls, accelerationWarmstart, contactForces] { numbers.deallocate() }
    }

    /// Back to the model's initial state, time 0, no forces: what mj_resetData makes, without its megabytes of zeros.
    func reset() {
        _ = positions.update(fromContentsOf: model.initialPositions)
        velocities.update(repeating: 0)
        controls.update(repeating: 0)
        accelerationWarmstart.update(repeating: 0)
        contactForces.update(repeating: 0)
        time = 0
    }

    private static func zeros(_ count: Int) -> UnsafeMutableBufferPointer<Double> {
        let numbers = UnsafeMutableBufferPointer<Double>.allocate(capacity: count)
        numbers.initialize(repeating: 0)
        return numbers
    }
}
