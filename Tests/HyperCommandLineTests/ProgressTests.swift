import HyperCommandLine
import Testing

@Test(arguments: [
    (0.0, "0 s"), (0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (303, "5 min 03 s"), (7_500, "2 h 05 min"),
    (86_399, "23 h 59 min"), (273_600, "3 d 04 h"), (-5, "0 s"), (.infinity, "?"), (.nan, "?"), (1e300, "?"),
])
func durationsReadWell(_ seconds: Double, _ text: String) {
    #expect(durationText(seconds: seconds) == text)
}

/// A bar with a clock that the test moves.
private final class Screen {
    var time = 1000.0
    private(set) var written: [String] = []
    private let terminal: Terminal
    private let done: Int
    private(set) lazy var bar = ProgressBar(
        label: "td3", total: 1000, done: done, terminal: terminal, write: { [unowned self] in written.append($0) },
        now: { [unowned self] in time })

    init(_ terminal: Terminal, done: Int = 0) {
        self.terminal = terminal
        self.done = done
        _ = bar
    }
}

private let live = Terminal(isLive: true, hasColor: false, width: 120)

@Test func aTerminalSeesABarDrawnOver() {
    let screen = Screen(live)
    screen.bar.update(done: 1)
    #expect(screen.written.isEmpty, "the first update comes too early to be drawn")
    screen.time += 2
    screen.bar.update(done: 250, lastReturn: 12.34)
    screen.time += 0.05
    screen.bar.update(done: 251)
    #expect(
        screen.written == [
            "\r\u{1B}[K[#######.......................] td3: 250 of 1000 steps (25 %), 125 steps/s, 6 s left, return 12.3"
        ])
}

@Test func logLinesGoAboveTheBarAndTheEndIsPlain() {
    let screen = Screen(live)
    screen.bar.log("hello")
    screen.time += 2
    screen.bar.update(done: 500)
    screen.bar.log("seed 3 diverged")
    screen.time += 2
    screen.bar.update(done: 1000)
    screen.bar.finish()
    #expect(screen.written[0] == "\r\u{1B}[Khello\n")
    #expect(screen.written[2] == "\r\u{1B}[Kseed 3 diverged\n")
    #expect(screen.written[3] == screen.written[1])
    #expect(screen.written.last == "\r\u{1B}[Ktd3: 1000 of 1000 steps in 4 s, 250 steps/s\n")
}

@Test func theRateIsThatOfTheLastHalfMinute() {
    let screen = Screen(live)
    var done = 0
    for _ in 0..<100 {
        screen.time += 1
        done += screen.time < 1061 ? 1 : 10
        screen.bar.update(done: done)
    }
    #expect(screen.written.last?.contains(" 10.0 steps/s, ") == true)
}

@Test func resumedRunsCountTheirOwnStepsOnly() {
    let screen = Screen(live, done: 900)
    screen.time += 10
    screen.bar.update(done: 950)
    #expect(screen.written.last?.contains("(95 %), 5.0 steps/s, 10 s left") == true)
    screen.bar.finish()
    #expect(screen.written.last?.contains("950 of 1000 steps in 10 s, 5.0 steps/s") == true)
}

@Test(arguments: [0, 1, 2, 20, 70, 79, 80, 100])
func aLineNeverReachesTheEdge(_ width: Int) {
    let screen = Screen(Terminal(isLive: true, hasColor: false, width: max(1, width)))
    screen.time += 2
    screen.bar.update(done: 333, lastReturn: 1)
    #expect(screen.written.allSatisfy { $0.dropFirst("\r\u{1B}[K".count).count < max(1, width) })
}

@Test func coloursOnlyWhereAllowed() {
    for hasColor in [true, false] {
        let screen = Screen(Terminal(isLive: true, hasColor: hasColor, width: 120))
        screen.time += 2
        screen.bar.update(done: 500)
        #expect(screen.written.last?.contains("\u{1B}[32m") == hasColor)
    }
}

@Test func aPipeGetsPlainLinesNowAndThen() {
    let screen = Screen(Terminal(isLive: false, hasColor: false, width: 80))
    for step in 1...150 {
        screen.time += 1
        screen.bar.update(done: step, lastReturn: .nan)
    }
    screen.bar.log("note")
    screen.bar.finish()
    #expect(
        screen.written == [
            "td3: 60 of 1000 steps (6 %), 1.0 steps/s, 15 min 40 s left, return nan\n",
            "td3: 120 of 1000 steps (12 %), 1.0 steps/s, 14 min 40 s left, return nan\n",
            "note\n",
            "td3: 150 of 1000 steps in 2 min 30 s, 1.0 steps/s, return nan\n",
        ])
}
