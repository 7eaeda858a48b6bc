import Foundation
import HyperAgents
import HyperFormats
import HyperModels
import Testing

@testable import HyperExperiments
@testable import hyperrl

/// What `--quick` chooses. No test looks at a clock.
@Suite struct QuickRunTests {
    /// An estimate of a machine that takes so many seconds for each environment step, and nothing for all else.
    private func machine(secondsPerStep seconds: Double) -> RunEstimate {
        RunEstimate(seconds: [seconds, seconds, 0, 0])
    }

    private func resolved(
        _ algorithm: String = "td3", _ given: KeyValuePairs<String, String> = [:], from origin: ValueOrigin = .file("f")
    ) throws -> ResolvedConfiguration {
        let words = ConfigurationLayer([.init("algorithm", algorithm, from: .option("<algorithm>"))])
        return try ResolvedConfiguration([
            QuickRun.defaults, words, ConfigurationLayer(given.map { .init($0, $1, from: origin) }),
        ])
    }

    @Test(arguments: ["td3", "sac"]) func aFastMachineTrainsTheLongestRun(_ algorithm: String) throws {
        let quick = QuickRun.shortened(try resolved(algorithm), machine(secondsPerStep: 1e-4))
        #expect(quick.steps == 120_000 && quick.agent.critic == .mlpStandard && quick.environment == "HalfCheetah-v2")
        #expect(quick.evaluationEpisodes == 3 && quick.evaluationInterval == 15_000 && quick.logInterval == 1000)
        #expect(quick.agent.randomSteps == 10_000)
    }

    /// Tenths are cut from 120,000 until the rest fits: 33,889 steps are too many for the first machine, 30,500 are not.
    @Test func theStepsFitTheBudgetAndAreRound() throws {
        let quick = QuickRun.shortened(try resolved(), machine(secondsPerStep: QuickRun.budget / 33_000))
        #expect(quick.steps == 30_000 && quick.evaluationInterval == 3750 && quick.logInterval == 1000)
        #expect(quick.agent.randomSteps == 3750)
        let short = QuickRun.shortened(try resolved(), machine(secondsPerStep: QuickRun.budget / 2000))
        #expect((1700...2000).contains(short.steps) && short.steps % 100 == 0)
        #expect(short.logInterval == short.steps / 20 && short.agent.randomSteps == short.steps / 8)
    }

    @Test func aSlowMachineTrainsAFewStepsAllTheSame() throws {
        let quick = QuickRun.shortened(try resolved(), machine(secondsPerStep: 10))
        #expect(quick.steps == 400 && quick.evaluationInterval == 50 && quick.logInterval == 20)
        #expect(quick.agent.randomSteps == 50)
    }

    /// The budget is for all the work: here evaluations take all the time, eight of them and 1,000 steps each.
    @Test func evaluationsCount() throws {
        func steps(_ evaluationStepSeconds: Double) throws -> Int {
            QuickRun.shortened(
                try resolved(),
                RunEstimate(seconds: [0, 0, 0, evaluationStepSeconds])
            ).steps
        }
        #expect(try steps(QuickRun.budget / 8000 * 0.99) == 120_000)
        #expect(try steps(QuickRun.budget / 8000 * 1.01) == 400)
    }

    /// Whether it stands in the command line or in a file.
    @Test(arguments: [ValueOrigin.option("--x"), .file("f")]) func whatTheUserGaveStays(_ origin: ValueOrigin) throws {
        let given: KeyValuePairs = [
            "critic": "mlp-small", "steps": "5000", "eval-every": "700", "eval-episodes": "5", "log-every": "11",
            "random-steps": "4000",
        ]
        let quick = QuickRun.shortened(try resolved("td3", given, from: origin), machine(secondsPerStep: 1))
        #expect(quick.steps == 5000 && quick.agent.critic == .mlpSmall && quick.evaluationInterval == 700)
        #expect(quick.evaluationEpisodes == 5 && quick.logInterval == 11 && quick.agent.randomSteps == 4000)
        // What was not given follows the steps that were.
        let short = QuickRun.shortened(try resolved("td3", ["steps": "80"], from: origin), machine(secondsPerStep: 1))
        #expect(short.steps == 80 && short.evaluationInterval == 10 && short.logInterval == 4)
        #expect(short.agent.randomSteps == 10 && short.evaluationEpisodes == 3)
    }
}

@Test func aQuickDryRunTellsWhatItWouldDo() throws {
    let folder = try Scratch()
    try folder.write(#"{"log-every": 7}"#, to: "config.json")
    let words = ["train", "td3", "--quick", "--dry-run", "--env", "Hopper-v2", "--config", "config.json"]
    let result = try RunningProgram(words + ["--threads", "1"], in: folder)
    #expect(result.exitCode == 0, "\(result.error)")
    #expect(result.error.hasPrefix("The run will take about ") && !folder.exists("runs"))
    let told = try JSONValue(parsing: Array(result.output.utf8))
    let steps = try #require(told["steps"]?.asInt)
    // How many depends on the machine.
    #expect((400...120_000).contains(steps) && steps % 100 == 0)
    #expect(told["critic"] == "mlp-standard" && told["environment"] == "Hopper-v2" && told["log-every"] == 7)
    #expect(told["eval-episodes"] == 3 && told["eval-every"] == .integer(steps / 8))
    #expect(told["settings"]?["random-steps"]?.asInt == min(1000, steps / 8))
}

@Test func aQuickRunIsMadeAsToldAndNamesWhatIsNext() throws {
    let folder = try Scratch()
    let words = ["train", "td3", "--quick", "--env", "Hopper-v2", "--steps", "160", "--set", "batch-size=8"]
    let result = try RunningProgram(words + ["--threads", "1"], in: folder)
    #expect(result.exitCode == 0 && result.output == "runs/quick\n", "\(result.error)")
    #expect(result.error.contains("160 of 160 steps"))
    #expect(result.error.contains("tools/hyperrl train td3 --critic mlp-standard --seeds 0-4"))
    let evaluations = try folder.text("runs/quick/td3/Hopper-v2_0/evaluations.csv").split(separator: "\n").dropFirst()
    let evaluated = evaluations.compactMap { $0.split(separator: ",").first.flatMap { Int($0) } }
    #expect(Set(evaluated) == [20, 40, 60, 80, 100, 120, 140, 160])
    let run = try JSONValue(contentsOf: folder.file("runs/quick/run.json"))
    #expect(run["settings"]?["random-steps"] == 20 && run["log-every"] == 8 && run["eval-episodes"] == 3)
}
