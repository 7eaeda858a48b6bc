/// The bodies the tasks move, each with its MJCF file (Models/) embedded in the program.
public enum RobotModel: String, CaseIterable, Sendable {
    case hopper
    case walker2d
    case halfCheetah = "half_cheetah"
    case ant

    /// The MJCF text.
    var xml: [UInt8] {
        switch self {
        case .hopper: PackageResources.hopper_xml
        case .walker2d: PackageResources.walker2d_xml
        case .halfCheetah: PackageResources.half_cheetah_xml
        case .ant: PackageResources.ant_xml
        }
    }

    /// Numbers in qpos. Written here so that a task's sizes are known without compiling its model; a test compares them.
    var positionCount: Int {
        switch self {
        case .hopper: 6
        case .walker2d, .halfCheetah: 9
        case .ant: 15
        }
    }

    /// Numbers in qvel.
    var velocityCount: Int {
        switch self {
        case .hopper: 6
        case .walker2d, .halfCheetah: 9
        case .ant: 14
        }
    }

    /// Motors.
    var actuatorCount: Int {
        switch self {
        case .hopper: 3
        case .walker2d, .halfCheetah: 6
        case .ant: 8
        }
    }

    /// Bodies, the world included.
    var bodyCount: Int {
        switch self {
        case .hopper: 5
        case .walker2d, .halfCheetah: 8
        case .ant: 14
        }
    }

    /// Seconds of one physics step.
    var physicsTimestep: Double {
        switch self {
        case .hopper, .walker2d: 0.002
        case .halfCheetah, .ant: 0.01
        }
    }

    /// The compiled model, made on first use and shared by every environment and thread of the process.
    ///
    /// - Throws: `EnvironmentError.library` if MuJoCo refuses the text.
    func compiled() throws(EnvironmentError) -> CompiledModel {
        try simulations().model
    }

    /// The simulations of the compiled model that the environments of the process share; one is made with the model.
    ///
    /// - Throws: `EnvironmentError.library` if MuJoCo refuses the text or memory is short.
    func simulations() throws(EnvironmentError) -> SimulationPool {
        switch self {
        case .hopper: try Self.hopperSimulations.get()
        case .walker2d: try Self.walker2dSimulations.get()
        case .halfCheetah: try Self.halfCheetahSimulations.get()
        case .ant: try Self.antSimulations.get()
        }
    }

    private static let hopperSimulations = makeSimulations(.hopper)
    private static let walker2dSimulations = makeSimulations(.walker2d)
    private static let halfCheetahSimulations = makeSimulations(.halfCheetah)
    private static let antSimulations = makeSimulations(.ant)

    private static func makeSimulations(_ robot: RobotModel) -> Result<SimulationPool, EnvironmentError> {
        do throws(EnvironmentError) {
            return .success(try SimulationPool(CompiledModel(xml: robot.xml, name: robot.rawValue)))
        } catch {
            return .failure(error)
        }
    }
}
