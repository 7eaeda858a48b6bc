import HyperFormats

extension StoredRun {
    /// The file with a seed's learning curve; docs/metrics.md explains its columns.
    public func progressFile(of seed: UInt32) -> String { files(seed).progress }

    /// A seed's folder.
    public func folder(of seed: UInt32) -> String { files(seed).path }

    /// Environment steps of a seed's newest checkpoint; 0 before the first. A seed that is done has one at the last step.
    public func savedSteps(of seed: UInt32) -> Int { latestStep(seed) ?? 0 }

    /// The step at which a seed stopped for good, as a number of it was not finite; nil if it goes on.
    ///
    /// - Throws: `FormatError` if the note about it is damaged.
    public func frozenStep(of seed: UInt32) throws -> Int? { try frozen(seed)?.step }

    /// Whether a seed stopped for good, as a number of it was not finite.
    public func isFrozen(_ seed: UInt32) -> Bool { Folder.exists(files(seed).frozen) }
}
