import CSIMD
import Glibc
import HyperRandom
import Testing

@Suite struct RandomStreamTests {
    @Test func philoxKnownAnswers() {
        // Known answers of Random123 (kat_vectors, philox 4x32 10).
        let zeros = Philox.words(counter: SIMD4(repeating: 0), key: SIMD2(repeating: 0))
        #expect(zeros == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
        let ones = Philox.words(counter: SIMD4(repeating: .max), key: SIMD2(repeating: .max))
        #expect(ones == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    }

    @Test func wordsFollowTheCounterLayout() {
        let stream = RandomStream(seed: 7, stream: .policy)
        let expected = Philox.words(counter: SIMD4(0x9ABC_DEF0, 0x1234_5678, 5, 0), key: SIMD2(7, 7))
        for lane in 0..<4 {
            #expect(stream.bits(step: 0x1234_5678_9ABC_DEF0, lane: UInt32(20 + lane)) == expected[lane])
        }
    }

    /// A part's numbers are those of the fourth word of the counter; without parts it is 0, as it ever was.
    @Test func substreamsAreTheLastWordOfTheCounter() {
        let number = RandomStream.number(task: 5, repetition: 2)
        #expect(number == 0x0002_0005)
        let part = RandomStream(seed: 7, stream: .policy, substream: number)
        let expected = Philox.words(counter: SIMD4(3, 0, 1, number), key: SIMD2(7, 7))
        #expect((4..<8).map { part.bits(step: 3, lane: $0) } == (0..<4).map { expected[$0] })
        let whole = RandomStream(seed: 7, stream: .policy)
        #expect(RandomStream(seed: 7, stream: .policy, substream: RandomStream.number(task: 0)) == whole)
        #expect(whole.bits(step: 3, lane: 4) != part.bits(step: 3, lane: 4))
    }

    @Test func streamNumbersNeverMove() {
        #expect(Stream.allCases.map(\.rawValue) == Array(0..<11))
    }

    @Test func swiftEqualsCToTheBit() {
        let random = RandomStream(
            seed: 0xDEAD_BEEF, stream: .exploration, substream: RandomStream.number(task: 39, repetition: 3))
        var differing = 0
        for index in 0..<1_000_000 as Range<UInt32> {
            let step = UInt64(index >> 8) &* 0x1_0000_0003
            let lane = index & 255
            let bits = hr_random_bits(
                random.seed, random.stream.rawValue, random.substream, UInt32(truncatingIfNeeded: step),
                UInt32(truncatingIfNeeded: step >> 32), lane)
            let agrees =
                bits == random.bits(step: step, lane: lane)
                && hr_uniform_of_bits(bits).bitPattern == random.uniform(step: step, lane: lane).bitPattern
                && hr_normal_of_bits(bits).bitPattern == random.normal(step: step, lane: lane).bitPattern
                && hr_integer_of_bits(bits, 1_000_003) == random.integer(below: 1_000_003, step: step, lane: lane)
            if !agrees { differing += 1 }
        }
        #expect(differing == 0)
    }

    @Test func momentsOfAMillionDraws() {
        let random = RandomStream(seed: 1, stream: .weights)
        let count = 1_000_000
        var normal = (first: 0.0, second: 0.0, third: 0.0, fourth: 0.0)
        var uniform = (first: 0.0, second: 0.0)
        var integers = [Int](repeating: 0, count: 10)
        for lane in 0..<UInt32(count) {
            let z = Double(random.normal(step: 3, lane: lane))
            normal = (normal.first + z, normal.second + z * z, normal.third + z * z * z, normal.fourth + z * z * z * z)
            let u = Double(random.uniform(step: 4, lane: lane))
            uniform = (uniform.first + u, uniform.second + u * u)
            integers[Int(random.integer(below: 10, step: 5, lane: lane))] += 1
        }
        // Five standard errors of each estimate.
        let n = Double(count)
        let root = n.squareRoot()
        #expect(abs(normal.first / n) < 5 / root)
        #expect(abs(normal.second / n - 1) < 5 * 2.0.squareRoot() / root)
        #expect(abs(normal.third / n) < 5 * 15.0.squareRoot() / root)
        #expect(abs(normal.fourth / n - 3) < 5 * 96.0.squareRoot() / root)
        #expect(abs(uniform.first / n - 0.5) < 5 * (1.0 / 12).squareRoot() / root)
        #expect(abs(uniform.second / n - 1.0 / 3) < 5 * (4.0 / 45).squareRoot() / root)
        for share in integers { #expect(abs(Double(share) - n / 10) < 5 * (n * 0.09).squareRoot()) }
    }

    /// The inverse of the normal distribution function by Newton's method on `erfc` in double precision.
    private func trueQuantile(_ u: Double, near start: Double) -> Double {
        var x = start
        for _ in 0..<8 {
            let density = exp(-x * x / 2) / (2 * Double.pi).squareRoot()
            // The tail that is small is the one that is accurate.
            let error = x < 0 ? 0.5 * erfc(-x / 2.0.squareRoot()) - u : (1 - u) - 0.5 * erfc(x / 2.0.squareRoot())
            x -= error / density
        }
        return x
    }

    @Test func normalsAreTrueQuantiles() {
        var worst = 0.0
        var worstTail = 0.0
        var previous = -Float.infinity
        for k in stride(from: 0, to: 1 << 23, by: 97) as StrideTo<Int> {
            let u = (Double(k) + 0.5) * 0x1p-23
            let z = hr_normal_of_bits(UInt32(k) << 9)
            let error = abs(Double(z) - trueQuantile(u, near: Double(z)))
            if abs(z) < 4 { worst = max(worst, error) } else { worstTail = max(worstTail, error) }
            #expect(z >= previous)
            previous = z
        }
        #expect(worst < 1e-5, "worst error within ±4 sigma: \(worst)")
        #expect(worstTail < 1e-4, "worst error beyond: \(worstTail)")
    }

    @Test func normalsAreSaneAtTheEnds() {
        let lowest = Double(hr_normal_of_bits(0))
        let highest = Double(hr_normal_of_bits(.max))
        #expect(lowest == -highest)
        #expect(abs(lowest - trueQuantile(0x1p-24, near: -5.29)) < 1e-4)
        #expect(abs(hr_normal_of_bits(0x8000_0000)) < 1e-6)
    }

    @Test func streamsSeedsAndStepsDiffer() {
        var words = Set<UInt32>()
        var draws = 0
        for seed in 0..<8 as Range<UInt32> {
            for stream in Stream.allCases {
                for step in 0..<8 as Range<UInt64> {
                    words.insert(RandomStream(seed: seed, stream: stream).bits(step: step, lane: 0))
                    draws += 1
                }
            }
        }
        #expect(words.count == draws)
    }
}
