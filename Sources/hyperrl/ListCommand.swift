import HyperAgents
import HyperCommandLine
import HyperEnvironments
import HyperExperiments
import HyperModels
import HyperOpenCL

let listCommand = Command(
    "list", summary: "Lists what can be chosen.",
    arguments: [
        Argument(
            "what", .choice(["environments", "critics", "algorithms", "settings", "devices"]),
            summary: "The kind of thing.")
    ],
    examples: [Example("hyperrl list settings", summary: "Shows what --set can change, with the defaults.")]
) { arguments, output in
    switch arguments.text("what") {
    case "environments": try output.write(environmentTable.text)
    case "critics": try output.write(criticTable.text)
    case "algorithms": try output.write(algorithmTable.text)
    case "devices": try output.write(deviceTable().text)
    default: try output.write(settingTable.text)
    }
    return .success
}

private var environmentTable: TextTable {
    var table = TextTable("ENVIRONMENT", "OBSERVATION", "ACTION", "STEPS", "WHAT IT IS")
    for spec in EnvironmentSpec.all {
        table.add(spec.id, "\(spec.observationSize)", "\(spec.actionSize)", "\(spec.timeLimit)", spec.summary)
    }
    return table
}

private var criticTable: TextTable {
    var table = TextTable("CRITIC", "WHAT IT IS")
    for kind in CriticKind.allCases { table.add(kind.rawValue, kind.summary) }
    return table
}

private var algorithmTable: TextTable {
    var table = TextTable("ALGORITHM", "WHAT IT IS")
    table.add("td3", "twin delayed deep deterministic policy gradient (Fujimoto et al. 2018)")
    return table
}

/// Throws if there is no OpenCL library.
private func deviceTable() throws -> TextTable {
    var table = TextTable("DEVICE", "NAME", "PLATFORM", "DRIVER", "MEMORY", "UNITS", "AUTO")
    let chosen = OpenCLDevice.automatic()?.index
    for device in try OpenCLDevice.all() {
        let verdict =
            device.reasonAgainst.map { "no: \($0)" }
            ?? (device.index == chosen ? "yes" : "no: \(chosen ?? 0) comes first")
        table.add(
            "\(device.index)", device.name, "\(device.platform), \(device.version)", device.driver,
            "\(device.memoryBytes >> 20) MiB", "\(device.computeUnits)", verdict)
    }
    table.add(
        "-", "this machine's CPU", "--backend cpu", "-", "-", "-",
        chosen == nil ? "yes: no GPU above" : "no: \(chosen ?? 0) comes first")
    return table
}

private var settingTable: TextTable {
    let configuration = RunConfiguration()
    var table = TextTable(
        "SETTING", "DEFAULT (\(configuration.td3.critic.rawValue), \(configuration.environment))", "VALUES",
        "WHAT IT IS")
    for (setting, value) in zip(TD3Configuration.settings, configuration.td3.settingValues) {
        table.add(setting.name, value.value, setting.expected, setting.summary)
    }
    return table
}
