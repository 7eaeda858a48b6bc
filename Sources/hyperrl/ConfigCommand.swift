import HyperCommandLine
import HyperExperiments
import HyperFormats

let configCommand = Command(
    "config", summary: "Works with configurations.",
    subcommands: [
        Command(
            "show", summary: "Prints every value that a training run would have, and where it comes from.",
            arguments: [ConfigurationOptions.algorithm],
            options: ConfigurationOptions.options + [
                Option(flag: "--json", summary: "Print a JSON object of the values, which --config takes.")
            ],
            examples: [
                Example(
                    "hyperrl config show --preset paper/td3/halfcheetah/sa-hyper --set batch-size=256",
                    summary: "Shows an experiment of the paper with a larger batch."),
                Example(
                    "hyperrl config show --config runs/sa-hyper/run.json", summary: "Shows what an earlier run had."),
            ]
        ) { arguments, output in
            let resolved = try ConfigurationOptions.resolve(arguments)
            if arguments.flag("--json") {
                try output.write(resolved.configuration.portableJSON.indentedJSONText)
                return .success
            }
            var table = TextTable("NAME", "VALUE", "FROM")
            for value in resolved.values { table.add(value.key, value.text, value.origin.description) }
            try output.write(table.text)
            return .success
        }
    ])
