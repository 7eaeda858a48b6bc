import Dispatch
import Glibc
import HyperParallel
import Testing

@Suite struct WorkerPoolTests {
    @Test(arguments: [1, 2, 3, 5])
    func everyUnitRunsExactlyOnce(threads: Int) {
        let pool = WorkerPool(threads: threads)
        #expect(pool.threads == threads)
        for units in [0, 1, 2, 3, 7, 64, 1001] {
            let counts = UnsafeMutablePointer<Int>.allocate(capacity: units + 1)
            defer { counts.deallocate() }
            counts.initialize(repeating: 0, count: units + 1)
            for _ in 0..<200 { pool.run(units: units) { counts[$0] += 1 } }
            #expect((0..<units).allSatisfy { counts[$0] == 200 })
            #expect(counts[units] == 0)
        }
    }

    /// A thread that has lost its core holds up no more than the units that it has begun.
    @Test func othersTakeOverUnitsOfABlockedThread() {
        let pool = WorkerPool(threads: 2)
        let done = (5..<8).map { _ in DispatchSemaphore(value: 0) }
        let isTakenOver = UnsafeMutablePointer<Bool>.allocate(capacity: 1)
        defer { isTakenOver.deallocate() }
        isTakenOver.initialize(to: false)
        pool.run(units: 8) { unit in
            if unit >= 5 { done[unit - 5].signal() }
            // Blocked until the other thread has done what lies behind this unit; seconds only bound a failure.
            if unit == 4 { isTakenOver.pointee = done.allSatisfy { $0.wait(timeout: .now() + 60) == .success } }
        }
        #expect(isTakenOver.pointee)
    }

    /// Many more threads than cores and runs of changing size: late threads meet shares of later runs.
    @Test func lateThreadsDoNothingTwice() {
        let pool = WorkerPool(threads: 8)
        let counts = UnsafeMutablePointer<Int>.allocate(capacity: 64)
        defer { counts.deallocate() }
        var wrong = 0
        for run in 0..<20_000 {
            let units = 2 + run * 7 % 61
            counts.initialize(repeating: 0, count: units)
            pool.run(units: units) { counts[$0] += 1 }
            if !(0..<units).allSatisfy({ counts[$0] == 1 }) { wrong += 1 }
        }
        #expect(wrong == 0)
    }

    @Test func nestedRunsStayOnTheirThread() {
        let pool = WorkerPool(threads: 2)
        let other = WorkerPool(threads: 2)
        let same = UnsafeMutablePointer<Bool>.allocate(capacity: 8)
        defer { same.deallocate() }
        same.initialize(repeating: true, count: 8)
        pool.run(units: 8) { unit in
            let outer = pthread_self()
            for inner in [pool, other] {
                inner.run(units: 4) { _ in if pthread_self() != outer { same[unit] = false } }
            }
        }
        #expect((0..<8).allSatisfy { same[$0] })
    }

    @Test func workersWakeAfterParking() {
        let pool = WorkerPool(threads: 2)
        let counts = UnsafeMutablePointer<Int>.allocate(capacity: 2)
        defer { counts.deallocate() }
        counts.initialize(repeating: 0, count: 2)
        for _ in 0..<20 {
            usleep(1000)  // far beyond the spinning time
            pool.run(units: 2) { unit in
                if unit == 1 { usleep(300) }  // the caller parks as well
                counts[unit] += 1
            }
        }
        #expect(counts[0] == 20 && counts[1] == 20)
    }

    @Test func poolsComeAndGo() {
        for _ in 0..<50 {
            let pool = WorkerPool(threads: 4)
            pool.run(units: 4) { _ in }
        }
    }

    @Test func threadsSharingAPoolDoNotMixTheirUnits() async {
        let pool = WorkerPool(threads: 2)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let sums = UnsafeMutablePointer<Int>.allocate(capacity: 16)
                    defer { sums.deallocate() }
                    sums.initialize(repeating: 0, count: 16)
                    for _ in 0..<2000 { pool.run(units: 16) { sums[$0] += 1 } }
                    return (0..<16).allSatisfy { sums[$0] == 2000 }
                }
            }
            for await complete in group { #expect(complete) }
        }
    }
}
