import HyperEnvironments
import HyperFormats
import Testing

private func rollout(_ folder: Scratch, _ words: String...) throws -> RunningProgram {
    try RunningProgram(["env", "rollout", "--env", "Hopper-v2", "--actions", "actions.csv"] + words, in: folder)
}

@Test func aRolloutPrintsTheStartAndEveryStep() throws {
    let folder = try Scratch()
    try folder.write("0.5,0.5,0.5\n0,0,0\n-1,-1,1\n", to: "actions.csv")
    let result = try rollout(folder)
    #expect(result.exitCode == 0 && result.error.isEmpty)
    let rows = try result.lines.map { try JSONValue(parsing: Array($0.utf8)) }
    #expect(rows.map { $0["step"]?.asInt } == [0, 1, 2, 3])
    #expect(rows.allSatisfy { $0["observation"]?.asArray?.count == 11 })
    #expect(try rollout(folder).output == result.output)
    #expect(try rollout(folder, "--seed", "1").output != result.output)
}

@Test func aLineGivesBackTheSameNumbersInTheDocumentedForm() throws {
    let folder = try Scratch()
    try folder.write("0.5,0.25,-0.125\n0.1,0.2,0.3\n", to: "actions.csv")
    let result = try rollout(folder)
    var expected: [String] = []
    try EnvironmentRollout.run(
        EnvironmentSpec.named("Hopper-v2"), actions: [[0.5, 0.25, -0.125], [0.1, 0.2, 0.3]]
    ) { row in
        let numbers = row.observation.map(\.description).joined(separator: ",")
        expected.append(
            #"{"step":\#(row.step),"observation":[\#(numbers)],"reward":\#(row.reward),"terminated":\#(row.terminated),"#
                + #""truncated":\#(row.truncated)}"#)
    }
    #expect(expected.count == 3 && result.lines == expected)
}

@Test func aSimulationThatDivergesEndsWithALineThatSaysSo() throws {
    let folder = try Scratch()
    try folder.write("0,0,0\n0,0,0\n", to: "actions.csv")
    try folder.write(#"{"qpos":[0,1.25,0,0,0,0],"qvel":[1e15,0,0,0,0,0]}"#, to: "state.json")
    let result = try rollout(folder, "--state", "state.json")
    let last = try JSONValue(parsing: Array((result.lines.last ?? "").utf8))
    #expect(result.lines.count == 2 && last["truncated"] == true, "\(result.output)")
    #expect(last["divergence"]?.asString?.isEmpty == false, "\(result.output)")
}

@Test func aStateSetsTheStart() throws {
    let folder = try Scratch()
    try folder.write("0,0,0\n", to: "actions.csv")
    try folder.write(#"{"qvel":[1,2,3,4,5,60],"qpos":[7,1.25,0.1,0.2,0.3,0.4]}"#, to: "state.json")
    let result = try rollout(folder, "--state", "state.json")
    let start = try JSONValue(parsing: Array((result.lines.first ?? "").utf8))
    #expect(start["observation"]?.asArray?.map(\.asDouble) == [1.25, 0.1, 0.2, 0.3, 0.4, 1, 2, 3, 4, 5, 10])
}

@Test(arguments: [
    (#"{"qpos":[0,1.25,0,0,0,0],"qvel":[0]}"#, "qvel has 1 numbers"),
    (#"{"qpos":[0,1.25,0,0,0,0]}"#, "state.json: needs the key \"qvel\" with an array of numbers"),
    (#"{"qpos":[0,"a"],"qvel":[]}"#, "state.json: qpos[1] is \"a\", not a number"),
    (#"{"qpos":[],"qvel":[],"time":0}"#, "state.json: has the key \"time\""),
    (#"{"qpos":[],"#, "state.json: not valid JSON: line 1, column 12"),
    ("[]", "state.json: needs the key \"qpos\""),
])
func aStateThatDoesNotFitIsBadData(_ state: String, _ message: String) throws {
    let folder = try Scratch()
    try folder.write("0,0,0\n", to: "actions.csv")
    try folder.write(state, to: "state.json")
    let result = try rollout(folder, "--state", "state.json")
    #expect(result.exitCode == 65)
    #expect(result.error.contains(message), "\(result.error)")
    #expect(result.output.isEmpty)
}

@Test func actionsOfAnotherSizeNameTheirLine() throws {
    let folder = try Scratch()
    try folder.write("0,0,0\n0,0\n", to: "actions.csv")
    let result = try rollout(folder)
    #expect(result.exitCode == 65)
    #expect(result.error == "Error: actions.csv: line 2: 2 numbers, 3 are needed\n")
}

@Test func goalsBelongToMetaTasks() throws {
    let folder = try Scratch()
    try folder.write("0,0,0\n", to: "actions.csv")
    let none = try rollout(folder, "--goal", "1")
    #expect(none.exitCode == 64 && none.error == "Error: Option '--goal': Hopper-v2 has no goal.\n")
    try folder.write("1,1,1,1,1,1\n", to: "cheetah.csv")
    let words = ["env", "rollout", "--env", "HalfCheetah-Vel", "--actions", "cheetah.csv", "--goal"]
    let slow = try RunningProgram(words + ["0"], in: folder)
    let fast = try RunningProgram(words + ["3"], in: folder)
    #expect(slow.exitCode == 0 && slow.output != fast.output)
}
