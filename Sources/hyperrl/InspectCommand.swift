import HyperCommandLine
import HyperExperiments
import HyperFormats

let inspectCommand = Command(
    "inspect", summary: "Shows a run's configuration, progress and checkpoints, and whether they are whole.",
    arguments: [Argument("run", .text, summary: "A run's folder, or that of one of its seeds.")],
    options: [Option(flag: "--json", summary: "Print one line of JSON.")],
    examples: [Example("hyperrl inspect runs/sa-hyper", summary: "Shows how far a run is.")]
) { arguments, output in
    let inspection = RunInspection(try StoredRun(arguments.text("run")))
    if arguments.flag("--json") {
        try output.writeLine(inspection.json.jsonText)
    } else {
        try output.write(text(of: inspection))
    }
    return .success
}

let verifyCommand = Command(
    "verify", summary: "Compares every file of a run's checkpoints with its checksum.",
    arguments: [Argument("run", .text, summary: "A run's folder, or that of one of its seeds.")],
    options: [Option(flag: "--json", summary: "Print one line of JSON.")],
    examples: [Example("hyperrl verify runs/sa-hyper", summary: "Ends with status 65 if anything is damaged.")]
) { arguments, output in
    let inspection = RunInspection(try StoredRun(arguments.text("run")))
    if arguments.flag("--json") {
        try output.writeLine(inspection.json.jsonText)
    } else {
        for checkpoint in inspection.seeds.flatMap(\.checkpoints) {
            try output.writeLine(checkpoint.problem.map { "damaged  \($0)" } ?? "good     \(checkpoint.path)")
        }
        for problem in inspection.seeds.compactMap(\.problem) { try output.writeLine("damaged  \(problem)") }
    }
    let count = inspection.problems.count
    StandardError.writeLine(count == 0 ? "Everything is as it was written." : "\(count) damaged.")
    return count == 0 ? .success : .badData
}

private func text(of inspection: RunInspection) -> String {
    let description = inspection.run.description
    let configuration = description.configuration
    var summary = TextTable("RUN", inspection.run.path)
    summary.add("State", state(of: inspection.run))
    summary.add(
        "Computes",
        "\(configuration.algorithm) on \(configuration.environment), \(configuration.agent.variantValues.map { "\($0.name) \($0.value)" }.joined(separator: ", "))"
    )
    summary.add("Seeds", configuration.seeds.map(String.init).joined(separator: ", "))
    summary.add("Steps", "\(configuration.steps)")
    summary.add(
        "Evaluates", "\(configuration.evaluationEpisodes) episodes every \(configuration.evaluationInterval) steps")
    summary.add(
        "Checkpoints", "every \(description.checkpoints.interval.text)\(isInSteps(description) ? " steps" : "")")
    if let probes = description.probes {
        summary.add("Probes", probes.kinds.map(\.rawValue).joined(separator: ", ") + " every \(probes.interval) steps")
    }
    summary.add("Device", description.device)
    summary.add("Program", "\(description.build.version), commit \(description.build.commit)")
    for (name, value) in configuration.agent.settingValues { summary.add(name, value) }

    var table = TextTable("SEED", "CHECKPOINT", "STEP", "MB", "EVALUATION", "STATE")
    for seed in inspection.seeds {
        for checkpoint in seed.checkpoints {
            table.add(
                "\(seed.seed)", checkpoint.isBest ? "best" : "full", "\(checkpoint.step)",
                rounded(Double(checkpoint.byteCount) / 1e6), checkpoint.evaluation.map(rounded) ?? "-",
                checkpoint.problem.map { "damaged: \($0)" } ?? "good")
        }
        if seed.checkpoints.isEmpty { table.add("\(seed.seed)", "none", "-", "-", "-", "-") }
        if let frozen = seed.frozen { table.add("\(seed.seed)", "frozen", "-", "-", "-", frozen) }
        if let problem = seed.problem { table.add("\(seed.seed)", "frozen", "-", "-", "-", "damaged: \(problem)") }
    }
    return summary.text + "\n" + table.text
}

private func isInSteps(_ description: RunDescription) -> Bool {
    if case .steps = description.checkpoints.interval { true } else { false }
}

private func state(of run: StoredRun) -> String {
    "\(run.holder?.description ?? "no process") works on it"
}
