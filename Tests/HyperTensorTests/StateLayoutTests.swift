import HyperTensor
import Testing

@Suite struct StateLayoutTests {
    private let type = TensorType(.float32, [3, 5])

    @Test func variablesLieBackToBackAtAlignedPlaces() throws {
        var layout = StateLayout()
        let arena = try layout.addArena(
            "critic", [("weight", type), ("bias", TensorType(.float32, [16])), ("scale", TensorType(.float32, [1]))])
        #expect(arena.variables.map(\.name) == ["critic.weight", "critic.bias", "critic.scale"])
        #expect(arena.variables.map(\.offset) == [0, 16, 32])
        #expect(arena.count == 48)
        #expect(layout.arena(named: "critic") == arena)
        #expect(layout.arena(named: "actor") == nil)
    }

    @Test func arenasLikeOthersHaveTheirLayout() throws {
        var layout = StateLayout()
        let arena = try layout.addArena("critic", [("weight", type), ("bias", TensorType(.float32, [5]))])
        let moments = try layout.addArena("critic.first", like: arena)
        #expect(moments.variables.map(\.name) == ["critic.first.weight", "critic.first.bias"])
        #expect(moments.variables.map(\.offset) == arena.variables.map(\.offset))
        #expect(moments.variables.map(\.type) == arena.variables.map(\.type))
        #expect(moments.count == arena.count)
        #expect(layout.variables.count == 4)
    }

    @Test func namesAreTakenOnce() throws {
        var layout = StateLayout()
        try layout.addVariable("step", TensorType(.int32, [1]))
        let error = #expect(throws: TensorError.self) { try layout.addVariable("step", TensorType(.int32, [1])) }
        #expect(error?.message == "state layout: variable 'step' exists already")
        let twice = #expect(throws: TensorError.self) { try layout.addArena("a", [("x", type), ("x", type)]) }
        #expect(twice?.message == "state layout: variable 'a.x' exists already")
    }

    @Test func aSingleVariableBearsItsArenasName() throws {
        var layout = StateLayout()
        let step = try layout.addVariable("step", TensorType(.int32, [1]))
        #expect(step.name == "step" && step.arena == "step" && step.offset == 0)
        #expect("\(step)" == "step i32[1]")
    }
}
