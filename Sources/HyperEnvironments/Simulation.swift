import CMuJoCo

/// One running simulation of a model (MuJoCo's mjData), some megabytes large. Used by one thread at a time; a `SimulationPool`
/// hands it from thread to thread and from one environment's state to the next.
final class Simulation: @unchecked Sendable {
    let model: CompiledModel
    /// qpos, `[positionCount]`: metres, radians, quaternions.
    let positions: UnsafeMutableBufferPointer<Double>
    /// qvel, `[velocityCount]`: metres and radians per second.
    let velocities: UnsafeMutableBufferPointer<Double>
    /// ctrl, `[actuatorCount]`. MuJoCo clamps what the motors get, not these numbers.
    let controls: UnsafeMutableBufferPointer<Double>
    /// Where the constraint solver starts from (qacc_warmstart), `[velocityCount]`; part of the state if runs are to repeat exactly.
    let accelerationWarmstart: UnsafeMutableBufferPointer<Double>
    /// Frame origins of the bodies (xpos), `[bodyCount, 3]`, as the last forward pass left them: after a step they lag positions
    /// by one physics step.
    let bodyPositions: UnsafeMutableBufferPointer<Double>
    /// Forces of contacts on each body (cfrc_ext), `[bodyCount, 6]`: torque, then force. Zero after a reset.
    let contactForces: UnsafeMutableBufferPointer<Double>
    /// Seconds since the reset.
    let time: UnsafeMutablePointer<Double>

    private let handle: OpaquePointer
    private let message = MessageBuffer()

    /// Makes a simulation at the model's initial state.
    ///
    /// - Throws: `EnvironmentError.library` if memory is short.
    init(_ model: CompiledModel) throws(EnvironmentError) {
        guard let handle = cmujoco_make_data(model.handle, message.pointer, message.capacity) else {
            throw .library(call: "mj_makeData", context: model.name, message: message.text)
        }
        self.model = model
        self.handle = handle
        positions = .init(start: cmujoco_positions(handle), count: model.positionCount)
        velocities = .init(start: cmujoco_velocities(handle), count: model.velocityCount)
        controls = .init(start: cmujoco_controls(handle), count: model.actuatorCount)
        accelerationWarmstart = .init(start: cmujoco_acceleration_warmstart(handle), count: model.velocityCount)
        bodyPositions = .init(start: cmujoco_body_positions(handle), count: 3 * model.bodyCount)
        contactForces = .init(start: cmujoco_contact_forces(handle), count: 6 * model.bodyCount)
        time = cmujoco_time(handle)
    }

    deinit {
        cmujoco_free_data(handle)
    }

    /// Back to the model's initial state, time 0, no warnings, no forces.
    func reset() {
        cmujoco_reset(model.handle, handle)
    }

    /// Takes over a state: what steps and forward passes do from here on does not depend on what this simulation did before.
    /// Leaves `bodyPositions` and all else that they compute as it is.
    func load(_ state: SimulationState) {
        _ = positions.update(fromContentsOf: state.positions)
        _ = velocities.update(fromContentsOf: state.velocities)
        _ = controls.update(fromContentsOf: state.controls)
        _ = accelerationWarmstart.update(fromContentsOf: state.accelerationWarmstart)
        _ = contactForces.update(fromContentsOf: state.contactForces)
        time.pointee = state.time
        cmujoco_clear_counters(handle)
    }

    /// Hands out the state that the last steps or the last forward pass have led to; controls are inputs and stay.
    func save(to state: SimulationState) {
        _ = state.positions.update(fromContentsOf: positions)
        _ = state.velocities.update(fromContentsOf: velocities)
        _ = state.accelerationWarmstart.update(fromContentsOf: accelerationWarmstart)
        _ = state.contactForces.update(fromContentsOf: contactForces)
        state.time = time.pointee
    }

    /// The frame origin of a body as the last forward pass left it, in metres.
    func bodyPosition(_ body: Int) -> SIMD3<Double> {
        SIMD3(bodyPositions[3 * body], bodyPositions[3 * body + 1], bodyPositions[3 * body + 2])
    }

    /// Back to the model's initial state, with `byte` all over the numbers that a forward pass computes: shows in tests whether
    /// one is read before it is computed.
    func scramble(_ byte: UInt8) {
        cmujoco_scramble(model.handle, handle, byte)
    }

    /// Brings everything that follows from positions and velocities up to date, without moving time.
    func forward() -> Divergence? {
        divergence(cmujoco_forward(model.handle, handle, message.pointer, message.capacity))
    }

    /// Takes physics steps under the controls that are set; with `computingForces`, `contactForces` are those of the last one.
    func advance(steps: Int, computingForces: Bool) -> Divergence? {
        divergence(
            cmujoco_step(model.handle, handle, CInt(steps), computingForces ? 1 : 0, message.pointer, message.capacity))
    }

    private func divergence(_ status: cmujoco_status) -> Divergence? {
        switch status {
        case CMUJOCO_OK: nil
        case CMUJOCO_BAD_QPOS: .badPosition
        case CMUJOCO_BAD_QVEL: .badVelocity
        case CMUJOCO_BAD_QACC: .badAcceleration
        case CMUJOCO_BAD_CTRL: .badControl
        default: .libraryError(message.text)
        }
    }
}
