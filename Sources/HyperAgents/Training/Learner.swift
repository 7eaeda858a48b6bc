import HyperTensor

/// What is learned, where it lies, and what it was learned from. What is saved, looked through for infinities, kept as best and
/// exported follows from the roles of its arenas.
public final class Learner {
    public let seeds: [UInt32]
    public let backend: any Backend
    public let state: any StateStore
    /// Experience that is saved in segments.
    public let pools: [any ExperiencePool]

    private var finiteCheck: FiniteCheck?

    /// - Precondition: Every variable that is saved has the seed as its first axis.
    public init(seeds: [UInt32], backend: any Backend, state: any StateStore, pools: [any ExperiencePool] = []) {
        precondition(!seeds.isEmpty && Set(seeds).count == seeds.count, "Learner: give seeds, all different")
        self.seeds = seeds
        self.backend = backend
        self.state = state
        self.pools = pools
        for variable in savedArenas.flatMap(\.variables) {
            precondition(
                variable.shape.rank > 0 && variable.shape[0] == seeds.count,
                "Learner: \(variable) has no axis of \(seeds.count) seeds in front")
        }
    }

    /// A run's result: what acts.
    public var weightArenas: [Arena] { state.layout.arenas.filter { $0.role == .weights } }

    /// What a checkpoint holds beside experience; its numbers must stay finite.
    public var savedArenas: [Arena] {
        state.layout.arenas.filter { arena in
            switch arena.role {
            case .weights, .target, .moment, .statistic: true
            case .experience, .scratch: false
            }
        }
    }

    /// Finds infinities and NaN in what is saved.
    func finiteNumbers() throws -> FiniteCheck {
        if let finiteCheck { return finiteCheck }
        let check = try FiniteCheck(savedArenas, seeds: seeds.count, backend: backend, state: state)
        finiteCheck = check
        return check
    }
}

/// Experience of all seeds, as numbered rows: the first that a seed ever stored is row 0. Old rows may be gone.
public protocol ExperiencePool: AnyObject {
    /// Names the folder of its segments; of letters, digits and underscores.
    var name: String { get }
    /// Numbers in a row.
    var rowWidth: Int { get }
    /// Rows of each seed that are kept. No piece of training may store more of a seed.
    var capacity: Int { get }
    /// The capacity that the settings ask for, whatever the length of the run.
    var plannedCapacity: Int { get }
    /// For each seed the rows that it ever stored.
    var stored: [Int] { get }

    /// Copies rows that are held, `[rows.count, rowWidth]`.
    func readRows(_ rows: Range<Int>, of seed: Int, into target: UnsafeMutableRawBufferPointer) throws
    /// Puts saved rows back, `[rows.count, rowWidth]`; `setStored(_:of:)` then says how many there are.
    func writeRows(_ rows: Range<Int>, of seed: Int, from source: UnsafeRawBufferPointer) throws
    /// Says how many rows a seed has ever stored, after they were put back.
    func setStored(_ count: Int, of seed: Int)
}

extension ExperiencePool {
    /// Rows of a seed that have not been overwritten.
    public func heldRows(of seed: Int) -> Range<Int> { max(0, stored[seed] - capacity)..<stored[seed] }
}
