/// What a training run tells the person who watches it.
public protocol RunMonitor: AnyObject {
    /// After each piece of training, when all that was due at that point is done.
    ///
    /// - Parameters:
    ///   - step: Progress units that are complete: environment steps or iterations.
    ///   - fraction: The share of the unit under way that is done.
    ///   - latestReturn: Mean over seeds of the latest evaluations, or of the latest episodes before the first.
    func runDidStep(_ step: Int, fraction: Double, latestReturn: Double?)
    /// Whether the run is to save and end; asked before everything it does, and during what takes long.
    func runShouldStop() -> Bool
    /// An evaluation of all running seeds is complete: mean over seeds and the standard deviation between them.
    func runDidEvaluate(step: Int, mean: Double, standardDeviation: Double, seeds: Int)
    /// A probe was made; a line about what it found.
    func runDidProbe(step: Int, summary: String)
    /// Something the person should know.
    func runDidWarn(_ message: String)
}
