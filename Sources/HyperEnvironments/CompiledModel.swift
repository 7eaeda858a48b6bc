import CMuJoCo

/// A model that MuJoCo has compiled. Nothing changes it after that, so environments on any thread share it.
final class CompiledModel: @unchecked Sendable {
    /// The model's name, for messages.
    let name: String
    /// The library's handle, valid as long as this object lives.
    let handle: OpaquePointer

    let positionCount: Int
    let velocityCount: Int
    let actuatorCount: Int
    let bodyCount: Int
    /// Seconds of one physics step.
    let timestep: Double

    /// Compiles MJCF text.
    ///
    /// - Throws: `EnvironmentError.library` with MuJoCo's text if it does not compile, or if the library that was loaded is
    ///   not the one this program was built with.
    init(xml: [UInt8], name: String) throws(EnvironmentError) {
        let (library, header) = (cmujoco_library_version(), cmujoco_header_version())
        guard library == header else {
            throw .library(
                call: "mj_version", context: name,
                message:
                    "the library is \(library), this program was built for \(header); install the matching libmujoco")
        }
        let message = MessageBuffer()
        guard let handle = cmujoco_load_model(xml, xml.count, message.pointer, message.capacity) else {
            throw .library(call: "mj_loadXML", context: name, message: message.text)
        }
        self.name = name
        self.handle = handle
        positionCount = Int(cmujoco_position_count(handle))
        velocityCount = Int(cmujoco_velocity_count(handle))
        actuatorCount = Int(cmujoco_actuator_count(handle))
        bodyCount = Int(cmujoco_body_count(handle))
        timestep = cmujoco_timestep(handle)
    }

    deinit {
        cmujoco_free_model(handle)
    }

    /// qpos at rest, `[positionCount]`.
    var initialPositions: UnsafeBufferPointer<Double> {
        UnsafeBufferPointer(start: cmujoco_initial_positions(handle), count: positionCount)
    }

    /// Index of a named body.
    ///
    /// - Throws: `EnvironmentError.library` if the model has no such body.
    func bodyIndex(_ body: String) throws(EnvironmentError) -> Int {
        let index = cmujoco_body_index(handle, body)
        guard index >= 0 else {
            throw .library(call: "mj_name2id", context: name, message: "the model has no body '\(body)'")
        }
        return Int(index)
    }
}

/// Room for a message of the C shim.
final class MessageBuffer {
    let capacity = 1024
    let pointer: UnsafeMutablePointer<CChar>

    init() {
        pointer = .allocate(capacity: capacity)
        pointer.initialize(repeating: 0, count: capacity)
    }

    deinit {
        pointer.deallocate()
    }

    /// The message that the last call left.
    var text: String { String(cString: pointer) }
}
