import HyperAgents
import HyperCommandLine
import HyperEnvironments
import HyperExperiments
import HyperModels

let criticCommand = Command(
    "critic", summary: "Works with critics.",
    subcommands: [
        Command(
            "evaluate", summary: "Computes values and action gradients of both critics from weights in a file.",
            options: [
                Option(
                    "--critic", "name", .choice(CriticKind.allCases.map(\.rawValue)), summary: "The critic's network.",
                    isRequired: true),
                Option(
                    "--env", "id", .choice(EnvironmentSpec.all.map(\.id), isListedElsewhere: true),
                    summary: "The task that gives the sizes; see 'hyperrl list environments'.", isRequired: true),
                Option(
                    "--set", "key=value", .setting,
                    summary:
                        "A setting of the critic's network; may be given more than once; see 'hyperrl list settings'.",
                    isRepeatable: true),
                Option(
                    "--weights", "file", .text,
                    summary: "Weights as safetensors; docs/checkpoints.md lists names and shapes.", isRequired: true),
                Option(
                    "--inputs", "file", .text,
                    summary: "Safetensors with 'state' [B, S] and 'action' [B, A], F32 or F64.", isRequired: true),
                Option(
                    "--output", "file", .text,
                    summary: "Safetensors to write: 'q' [2, B] and 'dq_da' [2, B, A], F32.", isRequired: true),
            ] + BackendChoice.options,
            examples: [
                Example(
                    "hyperrl critic evaluate --critic sa-hyper --env HalfCheetah-v2 --weights weights.safetensors "
                        + "--inputs inputs.safetensors --output values.safetensors",
                    summary: "Evaluates a trained critic.")
            ]
        ) { arguments, output in
            let spec = try EnvironmentSpec.named(arguments.text("--env"))
            guard let kind = CriticKind(rawValue: arguments.text("--critic")) else {
                preconditionFailure("the option takes the names of CriticKind alone")
            }
            var design = CriticDesign(kind)
            try design.set(arguments.settings("--set"))
            let critic = design.makeCritic(stateSize: spec.observationSize, actionSize: spec.actionSize)
            try CriticEvaluation.evaluateFile(
                critic, stateSize: spec.observationSize, actionSize: spec.actionSize,
                weights: arguments.text("--weights"), inputs: arguments.text("--inputs"),
                output: arguments.text("--output"), backend: try BackendChoice(arguments).backend)
            return .success
        }
    ])
