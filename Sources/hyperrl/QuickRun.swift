import HyperAgents
import HyperCommandLine
import HyperExperiments
import HyperModels

/// `train --quick`: a run of about two minutes that shows learning, and what to do after it.
enum QuickRun {
    private static let origin = ValueOrigin.option("--quick")
    /// Values that hold unless the user says otherwise.
    static let defaults = ConfigurationLayer([
        .init("critic", CriticKind.mlpStandard.rawValue, from: origin),
        .init(ConfigurationKey.evaluationEpisodes.rawValue, "3", from: origin),
    ])

    /// Seconds of training to plan for; building networks and writing files come on top.
    static let budget = 105.0
    /// Enough for a half-cheetah to run; a fast machine need not use up the two minutes.
    static let longest = 120_000
    /// What a slow machine trains all the same.
    static let shortest = 400

    /// The configuration cut to what fits, apart from what the user gave.
    ///
    /// - Parameter estimate: Of the configuration before it is cut.
    static func shortened(_ resolved: ResolvedConfiguration, _ estimate: RunEstimate) -> RunConfiguration {
        let given = Set(resolved.values.filter { $0.origin != .standard && $0.origin != origin }.map(\.key))
        func isGiven(_ key: ConfigurationKey) -> Bool { given.contains(key.rawValue) }
        func plan(_ steps: Int) -> RunConfiguration {
            var plan = resolved.configuration
            if !isGiven(.steps) { plan.steps = steps }
            plan.agent.changeSharesOfLength { given.contains($0) ? $1 : max(1, min($1, plan.steps / 8)) }
            if !isGiven(.evaluationInterval) { plan.evaluationInterval = max(1, plan.steps / 8) }
            if !isGiven(.logInterval) { plan.logInterval = max(1, min(1000, plan.steps / 20)) }
            return plan
        }
        var steps = longest
        while steps > shortest, estimate.seconds(of: plan(steps)) > budget { steps = max(shortest, steps * 9 / 10) }
        // A round number reads better.
        let unit = steps > 4000 ? 1000 : 100
        return plan(steps / unit * unit)
    }

    /// Names the next commands, with the time that the paper's run takes here.
    static func tellWhatIsNext(
        _ configuration: RunConfiguration, _ choice: BackendChoice, _ folder: RunFolder, _ monitor: TrainingMonitor
    ) throws {
        let name = configuration.algorithm
        let catalogue = AlgorithmCatalogue.standard
        let full = RunConfiguration(algorithm: catalogue.named(name) ?? catalogue.algorithms[0])
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
