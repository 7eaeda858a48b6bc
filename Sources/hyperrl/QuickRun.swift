import HyperAgents
import HyperCommandLine
import HyperExperiments

/// `train --quick`: a run of about two minutes that shows learning, and what to do after it.
enum QuickRun {
    /// Seconds of training to plan for; building networks and writing files come on top.
    private static let budget = 105.0
    /// Enough for a half-cheetah to run; a fast machine need not use up the two minutes.
    private static let longest = 120_000

    /// The configuration cut to what fits, apart from what the user gave.
    static func shortened(
        _ configuration: RunConfiguration, _ estimate: RunEstimate, _ arguments: ParsedArguments
    ) -> RunConfiguration {
        func plan(_ steps: Int) -> RunConfiguration {
            var plan = configuration
            if !arguments.wasGiven("--steps") { plan.steps = steps }
            let settings = arguments.settings("--set").map(\.key)
            if !settings.contains("random-steps") {
                plan.agent.randomSteps = max(1, min(plan.agent.randomSteps, plan.steps / 8))
            }
            if !arguments.wasGiven("--eval-episodes") { plan.evaluationEpisodes = 3 }
            if !arguments.wasGiven("--eval-every") { plan.evaluationInterval = max(1, plan.steps / 8) }
            if !arguments.wasGiven("--log-every") { plan.logInterval = max(1, min(1000, plan.steps / 20)) }
            return plan
        }
        var steps = longest
        while steps > 400, estimate.seconds(of: plan(steps)) > budget { steps = steps * 9 / 10 }
        // A round number reads better.
        let unit = steps > 4000 ? 1000 : 100
        return plan(steps / unit * unit)
    }

    /// Names the next commands, with the time that the paper's run takes here.
    static func tellWhatIsNext(
        _ configuration: RunConfiguration, _ choice: BackendChoice, _ folder: RunFolder, _ monitor: TrainingMonitor
    ) throws {
        let name = configuration.algorithm
        let full = RunConfiguration(algorithm: OffPolicyAlgorithm.named(name) ?? OffPolicyAlgorithm.all[0])
        let estimate = try RunEstimate(full, backend: choice.backend, pool: choice.pool)
        monitor.tell(
            "The learning curve is in \(folder.path)/\(name)/*/progress.csv (docs/metrics.md explains it). Next:")
        monitor.tell(
            "  tools/hyperrl train \(name)                                  the paper's run with a hypernetwork critic, about "
                + "\(durationText(seconds: estimate.seconds(of: full))) here")
        monitor.tell(
            "  tools/hyperrl train \(name) --critic mlp-standard --seeds 0-4 the usual critic, five seeds at once")
        monitor.tell("  tools/hyperrl train --help                               all options")
    }
}
