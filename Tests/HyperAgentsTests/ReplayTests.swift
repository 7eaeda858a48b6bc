import HyperCPU
import HyperTensor
import Testing

@testable import HyperAgents

/// The replay's ring, its per-seed lengths and its draws.
@Suite struct ReplayTests {
    private struct Fixture {
        let replay: Replay
        let store: any StateStore
        let backend: CPUBackend
        let layout = TransitionLayout(stateSize: 2, actionSize: 1)

        init(seeds: Int, capacity: Int) throws {
            backend = try CPUBackend(threads: 1)
            var state = StateLayout()
            let table = try Replay.addTable(layout, seeds: seeds, capacity: capacity, to: &state)
            store = try backend.makeState(state)
            replay = try Replay(layout, table: table, backend: backend, state: store)
        }

        /// Stores a transition whose numbers all follow from `value`.
        func store(_ value: Float, valid: [Bool]) throws {
            for seed in valid.indices {
                withUnsafeBuffers([value, value + 0.1], [value + 0.2], [value + 0.4, value + 0.5]) { s, a, n in
                    layout.begin(replay.row(of: seed), state: s, action: a)
                    layout.finish(
                        replay.row(of: seed), reward: value + 0.3, nextState: n, isTerminal: value == 1)
                }
            }
            try replay.store { valid[$0] }
        }

        /// Rows of a seed by their number.
        func rows(_ rows: Range<Int>, of seed: Int) throws -> [[Float]] {
            var values = [Float](repeating: .nan, count: rows.count * layout.width)
            try values.withUnsafeMutableBytes { try replay.readRows(rows, of: seed, into: $0) }
            return rows.indices.map { row in
                let first = (row - rows.lowerBound) * layout.width
                return Array(values[first..<first + layout.width])
            }
        }

        private func withUnsafeBuffers(
            _ s: [Float], _ a: [Float], _ n: [Float],
            _ body: (UnsafeBufferPointer<Float>, UnsafeBufferPointer<Float>, UnsafeBufferPointer<Float>) -> Void
        ) {
            s.withUnsafeBufferPointer { s in
                a.withUnsafeBufferPointer { a in n.withUnsafeBufferPointer { n in body(s, a, n) } }
            }
        }
    }

    @Test func rowsHoldWhatWasWritten() throws {
        let fixture = try Fixture(seeds: 1, capacity: 3)
        try fixture.store(1, valid: [true])
        try fixture.store(2, valid: [true])
        let rows = try fixture.store.floats(fixture.replay.table)
        #expect(Array(rows[0..<7]) == [1, 1.1, 1.2, 1.3, 1.4, 1.5, 0])
        #expect(Array(rows[7..<14]) == [2, 2.1, 2.2, 2.3, 2.4, 2.5, 1])
    }

    /// Memory that another replay left behind counts for nothing.
    @Test func aNewReplayIsEmpty() throws {
        for _ in 0..<20 {
            let replay = try Fixture(seeds: 5, capacity: 3).replay
            #expect(replay.counts.allSatisfy { $0 == 0 } && replay.stored == [0, 0, 0, 0, 0])
            for seed in 0..<5 { replay.setStored(100 + seed, of: seed) }
            #expect(replay.counts.allSatisfy { $0 == 3 })
        }
    }

    @Test func theOldestRowIsOverwritten() throws {
        let fixture = try Fixture(seeds: 1, capacity: 3)
        for value in 1...5 { try fixture.store(Float(value), valid: [true]) }
        let rows = try fixture.store.floats(fixture.replay.table)
        #expect([rows[0], rows[7], rows[14]] == [4, 5, 3])
        #expect(fixture.replay.stored == [5])
        #expect(fixture.replay.counts[0] == 3)
    }

    /// Rows are numbered from the first that was ever stored; a range of them may lie on both sides of the ring's seam.
    @Test func heldRowsAreReadAndPutBack() throws {
        let (fixture, other) = (try Fixture(seeds: 2, capacity: 4), try Fixture(seeds: 2, capacity: 4))
        for value in 1...6 { try fixture.store(Float(value), valid: [value > 3, true]) }
        #expect(fixture.replay.heldRows(of: 0) == 0..<3 && fixture.replay.heldRows(of: 1) == 2..<6)
        let all = try [1, 2].map { value in try fixture.rows((value - 1) * 2..<3 * value, of: value - 1) }
        #expect(all[0].map { $0[0] } == [4, 5, 6] && all[1].map { $0[0] } == [3, 4, 5, 6])
        for (first, last) in [(2, 3), (3, 5), (4, 6), (5, 6), (3, 3)] {
            #expect(try fixture.rows(first..<last, of: 1) == Array(all[1][first - 2..<last - 2]))
        }
        #expect(all[1][1] == [4, 4.1, 4.2, 4.3, 4.4, 4.5, 1])
        // Put back in two parts, the ring is the same.
        for rows in [2..<3, 3..<6] {
            try Array(all[1][rows.lowerBound - 2..<rows.upperBound - 2].joined()).withUnsafeBytes {
                try other.replay.writeRows(rows, of: 1, from: $0)
            }
        }
        other.replay.setStored(6, of: 1)
        #expect(other.replay.stored == [0, 6] && other.replay.counts[1] == 4 && other.replay.counts[0] == 0)
        #expect(try other.rows(2..<6, of: 1) == all[1])
        let (ours, theirs) = (
            try other.store.floats(other.replay.table), try fixture.store.floats(fixture.replay.table)
        )
        #expect(ours[28...] == theirs[28...] && ours[..<28].allSatisfy { $0 == 0 })
        other.replay.setStored(2, of: 0)
        #expect(other.replay.counts[0] == 2)
    }

    @Test func aDroppedTransitionShiftsNoOtherSeed() throws {
        let fixture = try Fixture(seeds: 2, capacity: 4)
        try fixture.store(1, valid: [true, true])
        try fixture.store(2, valid: [false, true])
        try fixture.store(3, valid: [true, true])
        let rows = try fixture.store.floats(fixture.replay.table)
        #expect([rows[0], rows[7], rows[14]] == [1, 3, 0])
        #expect([rows[28], rows[35], rows[42]] == [1, 2, 3])
        #expect(fixture.replay.stored == [2, 3])
    }

    @Test func drawsCoverStoredRowsAndNoOthers() throws {
        let fixture = try Fixture(seeds: 2, capacity: 10)
        for value in 1...4 { try fixture.store(Float(value), valid: [true, value < 3]) }
        let program = try fixture.backend.compile(
            Program.trace("draw") { trace in
                let batch = Replay.sample(
                    fixture.replay.table, layout: fixture.layout, batchSize: 200, seeds: trace.seeds([7, 8]),
                    counts: trace.input("counts", TensorType(.int32, [2])),
                    step: trace.input("step", TensorType(.int32, [1])), in: trace)
                trace.output("rewards", batch.rewards)
            }, state: fixture.store)
        try program.setInput(0, [Int32(4), 2])
        try program.setInput(1, [Int32(5)])
        try program.run()
        let rewards = try program.output(0)
        #expect(Set(rewards[..<200]) == [1.3, 2.3, 3.3, 4.3])
        #expect(Set(rewards[200...]) == [1.3, 2.3])
    }
}
