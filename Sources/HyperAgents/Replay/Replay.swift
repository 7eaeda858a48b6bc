import HyperRandom
import HyperTensor

/// A ring of transitions for each seed, on the device: one row of each seed is uploaded for an environment step, and
/// sampling is a gather inside the update's program.
public final class Replay: ExperiencePool {
    public static let name = "replay"

    public var name: String { Self.name }
    public var rowWidth: Int { layout.width }
    public let layout: TransitionLayout
    /// Rows of each seed.
    public let capacity: Int
    public internal(set) var plannedCapacity: Int
    /// The table, `[seeds, capacity, width]`.
    public let table: Variable
    /// Transitions that each seed has ever stored; a dropped one does not shift the others.
    public private(set) var stored: [Int]

    private let program: any CompiledProgram
    let state: any StateStore
    private var rows: UnsafeMutableBufferPointer<Float>
    private var positions: UnsafeMutableBufferPointer<Int32>
    /// Rows that can be sampled, `[seeds]`, as the update's program takes them.
    let counts: UnsafeMutableBufferPointer<Int32>

    /// Adds the table to a layout that is being made.
    static func addTable(
        _ layout: TransitionLayout, seeds: Int, capacity: Int, to state: inout StateLayout
    ) throws -> Variable {
        try state.addVariable(name, TensorType(.float32, [seeds, capacity, layout.width]), role: .experience)
    }

    init(_ layout: TransitionLayout, table: Variable, backend: any Backend, state: any StateStore) throws {
        self.layout = layout
        self.table = table
        let seeds = table.shape[0]
        capacity = table.shape[1]
        plannedCapacity = capacity
        stored = [Int](repeating: 0, count: seeds)
        self.state = state
        program = try backend.compile(
            Program.trace("replay.store") { trace in
                let rows = trace.input("rows", TensorType(.float32, [seeds, 1, layout.width]))
                let positions = trace.input("positions", TensorType(.int32, [seeds, 1]))
                trace.assignRows(table, rows, at: positions)
            }, state: state)
        rows = .allocate(capacity: seeds * layout.width)
        rows.initialize(repeating: 0)
        positions = .allocate(capacity: seeds)
        positions.initialize(repeating: -1)
        counts = .allocate(capacity: seeds)
        counts.initialize(repeating: 0)
    }

    deinit {
        rows.deallocate()
        positions.deallocate()
        counts.deallocate()
    }

    /// The row to be filled for a seed before `store`.
    func row(of seed: Int) -> UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(rebasing: rows[seed * layout.width..<(seed + 1) * layout.width])
    }

    /// Stores the filled rows of the seeds for which `isValid` holds; the oldest rows are overwritten when full.
    func store(isValid: (Int) -> Bool) throws {
        for seed in stored.indices {
            let valid = isValid(seed)
            positions[seed] = valid ? Int32(stored[seed] % capacity) : -1
            if valid {
                stored[seed] += 1
                counts[seed] = Int32(min(stored[seed], capacity))
            }
        }
        try program.setInput(0, UnsafeRawBufferPointer(rows))
        try program.setInput(1, UnsafeRawBufferPointer(positions))
        try program.run()
    }

    /// Says how many transitions a seed has ever stored, after its rows were put back.
    public func setStored(_ count: Int, of seed: Int) {
        stored[seed] = count
        counts[seed] = Int32(min(count, capacity))
    }

    /// Draws rows with replacement in a program.
    ///
    /// - Parameters:
    ///   - counts: Rows that can be drawn, i32 `[seeds]`.
    ///   - step: The environment step, i32 `[1]`, which numbers the draw.
    static func sample(
        _ table: Variable, layout: TransitionLayout, batchSize: Int, seeds: Tensor, counts: Tensor, step: Tensor,
        in trace: Trace
    ) -> TransitionBatch {
        let indices = trace.random(
            .integers, .replay, seeds: seeds, step: step, shape: [table.shape[0], batchSize], bounds: counts)
        return TransitionBatch(rows: trace.read(table).gather(indices), layout: layout)
    }
}
