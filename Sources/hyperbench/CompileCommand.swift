import HyperBenchmarks
import HyperCPU
import HyperCommandLine

let compileCommand = Command(
    "compile", summary: "Times what compiling long programs takes, and compares scratch memory with its least.",
    options: [
        Option(
            "--nodes", "list", .integerList(100...100_000, countLimit: 32),
            summary: "About how long the programs are, in nodes as traced.", defaultText: "1000,2000,4000,8000"),
        Option("--repeats", "n", .integer(1...1000), summary: "How often to compile each.", defaultText: "5"),
        Option(flag: "--passes", summary: "Tell how long each pass of scheduling takes as well."),
        Option(flag: "--json", summary: "Print one line of JSON."),
    ],
    examples: [
        Example("hyperbench compile --nodes 4000 --repeats 9", summary: "Times programs of one length."),
        Example("hyperbench compile --passes", summary: "Shows where the time of scheduling goes."),
    ]
) { arguments, output in
    let result = try CompileBenchmark(
        nodes: arguments.integers("--nodes"), repeats: arguments.integer("--repeats"),
        tellsPasses: arguments.flag("--passes"), backend: CPUBackend(threads: 1))
    if arguments.flag("--json") {
        try output.writeLine(result.json.jsonText)
    } else {
        try output.write(result.text)
    }
    return .success
}
