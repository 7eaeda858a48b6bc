import HyperCommandLine
import HyperExperiments

/// Shows a training run on stderr, and ends it in good order when a signal comes.
final class TrainingMonitor: RunMonitor {
    private let bar: ProgressBar
    private let isQuiet: Bool

    init(_ configuration: RunConfiguration, isQuiet: Bool) {
        let seeds = configuration.seeds.count == 1 ? "" : ", \(configuration.seeds.count) seeds"
        bar = ProgressBar(label: configuration.environment + seeds, total: configuration.steps)
        self.isQuiet = isQuiet
    }

    /// Says something, unless the user wants silence.
    func tell(_ line: String) {
        if !isQuiet { bar.log(line) }
    }

    func runDidStep(_ step: Int, latestReturn: Double?) -> Bool {
        if !isQuiet { bar.update(done: step, lastReturn: latestReturn) }
        return Interruption.exitCode == nil
    }

    func runDidEvaluate(step: Int, mean: Double, standardDeviation: Double, seeds: Int) {
        let spread = seeds == 1 ? "" : " ± \(rounded(standardDeviation)) over \(seeds) seeds"
        tell("step \(step): evaluation return \(rounded(mean))\(spread)")
    }

    func runDidWarn(_ message: String) { bar.log("Warning: \(message)") }

    func finish(_ outcome: TrainingRun.Outcome) {
        if !isQuiet { bar.finish() }
        for stopped in outcome.stoppedSeeds {
            StandardError.writeLine("Seed \(stopped.seed) did not finish: \(stopped.reason)")
        }
        if !outcome.isComplete {
            StandardError.writeLine("Stopped after \(outcome.steps) steps; the weights are saved.")
        }
    }

    private func rounded(_ value: Double) -> String { value.isFinite ? "\((value * 10).rounded() / 10)" : "\(value)" }
}
