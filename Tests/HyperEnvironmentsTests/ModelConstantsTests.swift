import Testing

@testable import HyperEnvironments

/// The embedded models compile to the constants of Gymnasium's files.
@Suite struct ModelConstantsTests {
    /// Measured: no difference at all. The compiler calls sin and cos, which the C library computes differently on different
    /// CPUs, so a few rounding steps are allowed.
    private static let tolerance = 1e-15

    @Test(arguments: RobotModel.allCases)
    func constantsAreGymnasiums(_ robot: RobotModel) throws {
        let fixture = try Fixtures.models()
        let expected = try #require(fixture.models[robot.rawValue])
        let patterns = fixture.excluded.values.flatMap { $0 }
        var compared: Set<String> = []
        for field in try robot.compiled().fields {
            guard let wanted = expected.fields[field.name] else {
                #expect(
                    Self.matches(field.name, patterns), "\(field.name) is neither compared nor left out for a reason")
                continue
            }
            compared.insert(field.name)
            #expect(
                field.values.count == wanted.count,
                "\(field.name): \(field.values.count) values, \(wanted.count) wanted")
            for (index, (value, reference)) in zip(field.values, wanted).enumerated() {
                #expect(
                    abs(value - reference) <= Self.tolerance * max(1, abs(reference)),
                    "\(field.name)[\(index)] is \(value), Gymnasium's is \(reference)")
            }
        }
        let unread = Set(expected.fields.keys).subtracting(compared)
        #expect(unread.isEmpty, "in the fixture but not in the model: \(unread.sorted())")
        #expect(compared.count > 200)
    }

    @Test(arguments: RobotModel.allCases)
    func bodiesAreFoundByGymnasiumsNames(_ robot: RobotModel) throws {
        let names = try #require(try Fixtures.models().models[robot.rawValue]?.names["body"])
        let model = try robot.compiled()
        #expect(names.count == model.bodyCount)
        for (index, name) in names.enumerated() where !name.isEmpty {
            #expect(try model.bodyIndex(name) == index)
        }
    }

    @Test(arguments: RobotModel.allCases)
    func declaredSizesAreTheCompiledOnes(_ robot: RobotModel) throws {
        let model = try robot.compiled()
        #expect(model.positionCount == robot.positionCount)
        #expect(model.velocityCount == robot.velocityCount)
        #expect(model.actuatorCount == robot.actuatorCount)
        #expect(model.bodyCount == robot.bodyCount)
        #expect(model.timestep == robot.physicsTimestep)
    }

    private static func matches(_ name: String, _ patterns: [String]) -> Bool {
        patterns.contains { $0.hasSuffix("*") ? name.hasPrefix($0.dropLast()) : name == $0 }
    }
}
