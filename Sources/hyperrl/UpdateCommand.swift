import HyperCommandLine
import HyperEnvironments
import HyperExperiments
import HyperReference
import HyperTensor

let updateCommand = Command(
    "update", summary: "Computes one update of an algorithm from weights and a batch in files.",
    arguments: [
        Argument("algorithm", .choice(ConfigurationOptions.catalogue.names), summary: "The learning algorithm.")
    ],
    options: [
        Option(
            "--weights", "file", .text,
            summary: "Safetensors with weights, and targets, moments and counts as far as there are any; F32 or F64.",
            isRequired: true),
        Option(
            "--batch", "file", .text,
            summary: "Safetensors with 'state', 'action', 'reward', 'next_state' and 'terminated'; F32 or F64.",
            isRequired: true),
        Option(
            "--output", "file", .text,
            summary: "Safetensors to write: the state after the update, and what was computed, as 'update.…'.",
            isRequired: true),
        Option(
            "--noise", "file", .text,
            summary: "Safetensors with standard normal noise; docs/checkpoints.md lists all names and shapes.",
            defaultNote: "what training draws with the seed and step of the weights"),
        Option(
            "--env", "id", .choice(EnvironmentSpec.all.map(\.id), isListedElsewhere: true),
            summary: "The task that gives sizes and defaults; see 'hyperrl list environments'.",
            defaultText: defaults.environment),
    ] + ConfigurationOptions.variants + [
        Option(
            "--set", "key=value", .setting,
            summary:
                "A setting to change; may be given more than once; see 'hyperrl list settings'. The batch has its file's size.",
            isRepeatable: true),
        Option(
            flag: "--double",
            summary: "Compute, read and write in double precision, by the interpreter that judges the backends."),
    ] + BackendChoice.options,
    examples: [
        Example(
            "hyperrl update td3 --weights runs/sa-hyper/td3/HalfCheetah-v2_0/weights.safetensors --batch batch.safetensors "
                + "--output updated.safetensors", summary: "Updates a run's weights once."),
        Example(
            "hyperrl update sac --env Hopper-v2 --critic mlp-standard --weights W.safetensors --batch B.safetensors "
                + "--noise N.safetensors --output O.safetensors --double",
            summary: "Computes what another framework should have computed."),
    ]
) { arguments, output in
    let spec = try EnvironmentSpec.named(arguments.text("--env"))
    guard let algorithm = ConfigurationOptions.catalogue.named(arguments.text("algorithm")) else {
        preconditionFailure("the command line takes known names alone")
    }
    var variants: [String: String] = [:]
    for variant in algorithm.variants { variants[variant.name] = arguments.text("--\(variant.name)") }
    var configuration = try algorithm.configuration(environment: spec.id, variants: variants)
    try configuration.set(arguments.settings("--set"))
    let function = try configuration.base.makeUpdateFunction(spec)
    let files = UpdateFiles(
        weights: arguments.text("--weights"), batch: arguments.text("--batch"),
        noise: arguments.optionalText("--noise"), output: arguments.text("--output"))
    try files.update(
        function, precision: arguments.flag("--double") ? .double : .single,
        metadata: variants.merging(["algorithm": algorithm.name, "environment": spec.id]) { $1 },
        backend: try backend(arguments))
    return .success
}

private let defaults = RunConfiguration()

/// The interpreter for double precision, else what the options say.
private func backend(_ arguments: ParsedArguments) throws -> any Backend {
    guard arguments.flag("--double") else { return try BackendChoice(arguments).backend }
    let names = ["--backend", "--device", "--threads"]
    let isReference = arguments.text("--backend") == "reference"
    if let name = names.first(where: { arguments.wasGiven($0) && !($0 == "--backend" && isReference) }) {
        throw CommandError(
            "Option '--double' computes with '--backend reference', which takes no '\(name)' beside it.",
            exitCode: .usage)
    }
    return ReferenceBackend()
}
