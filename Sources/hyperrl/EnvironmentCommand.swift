import HyperCommandLine
import HyperEnvironments
import HyperFormats

let environmentCommand = Command(
    "env", summary: "Works with single environments.",
    subcommands: [
        Command(
            "rollout", summary: "Plays given actions and prints a JSON line for the start and for each step.",
            options: [
                Option(
                    "--env", "id", .choice(EnvironmentSpec.all.map(\.id), isListedElsewhere: true),
                    summary: "The task to play; see 'hyperrl list environments'.",
                    isRequired: true),
                Option(
                    "--actions", "file", .text, summary: "Actions as comma-separated numbers, one action a line.",
                    isRequired: true),
                Option(
                    "--state", "file", .text,
                    summary: "The start as JSON: {\"qpos\": [...], \"qvel\": [...]}, in metres, radians and seconds.",
                    defaultNote: "the first episode of the seed"),
                Option("--seed", "n", .integer(0...Int(UInt32.max)), summary: "Seed of the start.", defaultText: "0"),
                Option(
                    "--goal", "goal", .text,
                    summary: "Goal of a meta task: forward or backward, or a speed in metres per second.",
                    defaultNote: "forward, or the highest training speed"),
            ],
            examples: [
                Example(
                    "hyperrl env rollout --env Hopper-v2 --actions actions.csv --seed 3",
                    summary: "Plays the actions of a file from the start that seed 3 gives.")
            ],
            body: rollout)
    ])

@Sendable private func rollout(_ arguments: ParsedArguments, _ output: OutputWriter) throws -> ExitCode {
    let spec = try EnvironmentSpec.named(arguments.text("--env"))
    let actions = try NumberTable.rows(contentsOf: arguments.text("--actions"), columns: spec.actionSize)
    let state = try arguments.optionalText("--state").map(rolloutState)
    let goal = try arguments.optionalText("--goal").map { try taskGoal($0, of: spec) }
    try EnvironmentRollout.run(
        spec, actions: actions, state: state, goal: goal, seed: UInt32(arguments.integer("--seed"))
    ) { try output.writeLine($0.json.jsonText) }
    return .success
}

extension RolloutRow {
    /// Numbers have the fewest digits that give back the same double; what JSON has no word for is null.
    fileprivate var json: JSONValue {
        var object = JSONObject([
            "step": .integer(step), "observation": .array(observation.map { .double($0) }), "reward": .double(reward),
            "terminated": .bool(terminated), "truncated": .bool(truncated),
        ])
        object["divergence"] = divergence.map { .string($0.description) }
        return .object(object)
    }
}

private func taskGoal(_ text: String, of spec: EnvironmentSpec) throws -> TaskGoal {
    guard let expected = spec.goalKind.expected else {
        throw CommandError("Option '--goal': \(spec.id) has no goal.", exitCode: .usage)
    }
    guard let goal = spec.goalKind.goal(text) else {
        throw CommandError("Option '--goal': '\(text)' is not \(expected), which \(spec.id) takes.", exitCode: .usage)
    }
    return goal
}

/// Reads `{"qpos": [...], "qvel": [...]}`; the environment checks the counts.
private func rolloutState(contentsOf path: String) throws -> RolloutState {
    let json = try JSONValue(contentsOf: path)
    func numbers(_ key: String) throws -> [Double] {
        guard let elements = json[key]?.asArray else {
            throw FormatError(path: path, problem: "needs the key \"\(key)\" with an array of numbers")
        }
        return try elements.enumerated().map { index, element in
            guard let number = element.asDouble else {
                throw FormatError(path: path, problem: "\(key)[\(index)] is \(element.jsonText), not a number")
            }
            return number
        }
    }
    if let other = json.asObject?.keys.first(where: { $0 != "qpos" && $0 != "qvel" }) {
        throw FormatError(path: path, problem: "has the key \"\(other)\"; qpos and qvel are allowed")
    }
    return RolloutState(qpos: try numbers("qpos"), qvel: try numbers("qvel"))
}
