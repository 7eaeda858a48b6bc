import HyperAgents
import HyperCommandLine
import HyperEnvironments
import HyperExperiments
import HyperModels
import HyperOpenCL
import HyperParallel
import HyperProbes

let listCommand = Command(
    "list", summary: "Lists what can be chosen.",
    arguments: [
        Argument(
            "what", .choice(["environments", "critics", "algorithms", "settings", "presets", "probes", "devices"]),
            summary: "The kind of thing.")
    ],
    options: [Option(flag: "--json", summary: "Print JSON: one object for each row.")],
    examples: [
        Example("hyperrl list settings", summary: "Shows what --set can change, with the defaults."),
        Example("hyperrl list critics --json", summary: "Tells each critic's size on every task."),
    ]
) { arguments, output in
    let what = arguments.text("what")
    if what == "critics", arguments.flag("--json") {
        try output.write(CriticList.json.indentedJSONText)
        return .success
    }
    let table =
        switch what {
        case "environments": environmentTable
        case "critics": CriticList.table
        case "algorithms": algorithmTable
        case "presets": presetTable
        case "probes": probeTable
        case "devices": try deviceTable()
        default: settingTable
        }
    guard !arguments.flag("--json") else {
        try output.write(table.json.indentedJSONText)
        return .success
    }
    try output.write(table.text)
    if what == "settings" {
        let standard = RunConfiguration()
        try output.write(
            """

            Defaults are those of \(standard.agent.label) on \(standard.environment). Another value changes the numbers that are computed, the
            amount of them, or only the record that is kept; plots and tables pool runs whose numbers are the same.

            """)
    }
    return .success
}

private var environmentTable: TextTable {
    var table = TextTable("ENVIRONMENT", "OBSERVATION", "ACTION", "STEPS", "GOAL", "WHAT IT IS")
    for spec in EnvironmentSpec.all {
        table.add(
            spec.id, "\(spec.observationSize)", "\(spec.actionSize)", "\(spec.timeLimit)",
            spec.goalKind.expected ?? "-", spec.summary)
    }
    return table
}

private var algorithmTable: TextTable {
    var table = TextTable("ALGORITHM", "WHAT IT IS")
    for algorithm in AlgorithmCatalogue.standard.algorithms { table.add(algorithm.name, algorithm.summary) }
    return table
}

/// Where there is no OpenCL library, what to install goes to standard error: the CPU is a device all the same.
private func deviceTable() throws -> TextTable {
    var table = TextTable("DEVICE", "NAME", "PLATFORM", "DRIVER", "MEMORY", "UNITS", "AUTO")
    let chosen = OpenCLDevice.automatic()?.index
    var devices: [OpenCLDevice] = []
    var reason = "no GPU above"
    do {
        devices = try OpenCLDevice.all()
    } catch let error as OpenCLError where error.isUnavailable {
        StandardError.writeLine("\(error)")
        reason = "no OpenCL library"
    }
    for device in devices {
        let verdict =
            device.reasonAgainst.map { "no: \($0)" }
            ?? (device.index == chosen ? "yes" : "no: \(chosen ?? 0) comes first")
        table.add(
            "\(device.index)", device.name, "\(device.platform), \(device.version)", device.driver,
            "\(device.memoryBytes >> 20) MiB", "\(device.computeUnits)", verdict)
    }
    let cores = AvailableCores.ofThisProcess()
    table.add(
        "-", "this machine's CPU: \(cores.description)", "--backend cpu", "-", "-", "\(cores.count)",
        chosen == nil ? "yes: \(reason)" : "no: \(chosen ?? 0) comes first")
    return table
}

private var presetTable: TextTable {
    var table = TextTable("PRESET", "WHAT IT IS")
    for preset in Preset.all { table.add(preset.name, preset.summary) }
    return table
}

private var probeTable: TextTable {
    var table = TextTable("PROBE", "SETTING", "DEFAULT", "UNIT", "VALUES", "WHAT IT IS")
    for kind in ProbeKind.allCases {
        table.add(kind.rawValue, "-", "-", "-", "-", kind.summary)
        switch kind {
        case .gradientAccuracy: table.addSettings(of: GradientAccuracySettings(), for: kind.rawValue)
        case .dynamicWeights: table.addSettings(of: DynamicWeightsSettings(), for: kind.rawValue)
        case .updateNoise: table.addSettings(of: UpdateNoiseSettings(), for: kind.rawValue)
        }
    }
    return table
}

extension TextTable {
    /// A row for each setting, those that do not apply included: owner, name, value, unit, values taken, summary.
    mutating func addSettings(of configuration: some Configurable, for owner: String) {
        for setting in configuration.settingTable {
            add(owner, setting.name, setting.value, setting.unit.rawValue, setting.values, setting.summary)
        }
    }
}

/// The values of a run and the settings of all algorithms, with the defaults of each algorithm.
private var settingTable: TextTable {
    let algorithms = AlgorithmCatalogue.standard.algorithms
    let standards = algorithms.map { RunConfiguration(algorithm: $0) }
    var table = TextTable(
        ["SETTING", "GIVEN AS"] + algorithms.map { $0.name.uppercased() }
            + ["UNIT", "CHANGES", "VALUES", "WHAT IT IS"])
    func add(_ settings: [SettingDescription], _ defaults: [[SettingDescription]], option: (String) -> String) {
        var known: Set<String> = []
        for setting in settings where known.insert(setting.name).inserted {
            let defaults = defaults.map { $0.first { $0.name == setting.name }?.value ?? "-" }
            table.add(
                [setting.name, option(setting.name)] + defaults
                    + [setting.unit.rawValue, setting.effect.rawValue, setting.values, setting.summary])
        }
    }
    let schema = ConfigurationOptions.schema
    let common = schema.settings.map { $0.description(in: standards[0]) }
    add(common, standards.map(\.commonTable)) { schema.setting($0).map(ConfigurationOptions.name) ?? "-" }
    let tables = standards.map(\.agent.settingTable)
    add(tables.flatMap { $0 }, tables) { _ in "--set" }
    return table
}
