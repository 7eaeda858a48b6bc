import HyperAgents
import HyperCommandLine
import HyperExperiments

/// Shows a training run on stderr, and ends it in good order when a signal comes.
final class TrainingMonitor: RunMonitor {
    private let bar: ProgressBar
    private let isQuiet: Bool

    /// - Parameter done: Steps done before, by the run that is resumed.
    init(_ configuration: RunConfiguration, done: Int = 0, isQuiet: Bool) {
        let seeds = configuration.seeds.count == 1 ? "" : ", \(configuration.seeds.count) seeds"
        bar = ProgressBar(
            label: configuration.environment + seeds, total: configuration.steps, done: done,
            unit: configuration.agent.unit.rawValue)
        self.isQuiet = isQuiet
    }

    /// Says something, unless the user wants silence.
    func tell(_ line: String) {
        if !isQuiet { bar.log(line) }
    }

    func runDidStep(_ step: Int, fraction: Double, latestReturn: Double?) {
        if !isQuiet { bar.update(done: step, lastReturn: latestReturn) }
    }

    func runShouldStop() -> Bool { Interruption.exitCode != nil }

    func runDidEvaluate(step: Int, mean: Double, standardDeviation: Double, seeds: Int) {
        let spread = seeds == 1 ? "" : " ± \(rounded(standardDeviation)) over \(seeds) seeds"
        tell("step \(step): evaluation return \(rounded(mean))\(spread)")
    }

    func runDidProbe(step: Int, summary: String) { tell("step \(step): \(summary)") }

    func runDidWarn(_ message: String) { bar.log("Warning: \(message)") }

    /// Tells how a run ended.
    ///
    /// - Parameter resumeCommand: The command that goes on with it.
    func finish(_ outcome: TrainingRun.Outcome, resumeCommand: String) {
        if !isQuiet {
            bar.finish()
            let (count, copy, pause) = outcome.checkpoints
            let times = count == 1 ? "1 checkpoint" : "\(count) checkpoints"
            StandardError.writeLine(
                "\(times); training stood still for at most \(rounded(copy * 1000)) ms a seed, "
                    + "and for \(rounded(pause)) of \(rounded(outcome.seconds)) s in all")
        }
        for stopped in outcome.stoppedSeeds {
            StandardError.writeLine("Seed \(stopped.seed) did not finish: \(stopped.reason)")
        }
        guard !outcome.isComplete else { return }
        let saved = outcome.savedStep.map { "a checkpoint of step \($0) is saved" } ?? "there is no checkpoint yet"
        StandardError.writeLine("Stopped after \(outcome.steps) steps; \(saved). Go on with: \(resumeCommand)")
    }
}
