import CSIMD
import HyperParallel
import HyperRandom
import Testing

@testable import HyperCPU

@Suite struct TableKernelTests {
    @Test(arguments: CPULevel.supported, [1, 3, 31, 33, 257, 4099])
    func randomNumbersAreThoseOfTheStream(_ level: CPULevel, lanes: Int) {
        let seeds: [UInt32] = [0, 7, 0xFFFF_FFF0]
        let step: Int32 = 123_456_789
        let memory = ArgumentMemory()
        var random = hr_random()
        (random.stream, random.seed_count, random.lanes) = (HyperRandom.Stream.exploration.rawValue, seeds.count, lanes)
        random.seeds = UnsafePointer(memory.keep(seeds.map { Int32(bitPattern: $0) }))
        random.step = UnsafePointer(memory.keep([step]))
        // One of the three seeds draws the stream itself.
        let substreams: [UInt32] = [RandomStream.number(task: 39, repetition: 2), 0, .max]
        random.substreams = UnsafePointer(memory.keep(substreams.map { Int32(bitPattern: $0) }))
        random.bounds = UnsafePointer(memory.keep([1, 0, Int32.max] as [Int32]))
        for distribution in [HR_UNIFORM, HR_NORMAL, HR_INTEGERS] {
            let output = GuardedFloats(count: seeds.count * lanes, offset: 1)
            random.distribution = Int32(distribution.rawValue)
            random.output = UnsafeMutableRawPointer(output.base)
            let arguments = memory.keep(random)
            level.kernels.random(arguments, 0, hr_random_units(arguments))
            var wrong = 0
            for (index, seed) in seeds.enumerated() {
                let stream = RandomStream(seed: seed, stream: .exploration, substream: substreams[index])
                for lane in 0..<UInt32(lanes) {
                    let expected: UInt32
                    switch distribution {
                    case HR_UNIFORM: expected = stream.uniform(step: UInt64(step), lane: lane).bitPattern
                    case HR_NORMAL: expected = stream.normal(step: UInt64(step), lane: lane).bitPattern
                    default:
                        expected =
                            index == 2 ? stream.integer(below: UInt32(Int32.max), step: UInt64(step), lane: lane) : 0
                    }
                    if output.base[index * lanes + Int(lane)].bitPattern != expected { wrong += 1 }
                }
            }
            #expect(wrong == 0, "distribution \(distribution.rawValue)")
            #expect(output.isIntact)
        }
    }

    @Test(arguments: CPULevel.supported, [(1, 1), (5, 3), (31, 33), (257, 17), (3, 257)])
    func rowsGoWhereTheirIndicesSay(_ level: CPULevel, sizes: (count: Int, width: Int)) {
        let (replicas, tableRows, count, width) = (2, 7, sizes.count, sizes.width)
        var numbers = TestNumbers(seed: 5)
        let indices = (0..<replicas * count).map { Int32(($0 * 5 + 3) % 9) - 1 }  // some outside
        let tableValues = numbers.array(replicas * tableRows * width)
        let rowValues = numbers.array(replicas * count * width)
        let memory = ArgumentMemory()
        func run(_ kernel: hr_kernel?, _ units: Int, _ table: GuardedFloats, _ rows: GuardedFloats) {
            let arguments = hr_rows(
                replicas: replicas, count: count, table_rows: tableRows, width: width,
                indices: UnsafePointer(memory.keep(indices)),
                table: table.base, table_replica: tableRows * width, table_row: width, rows: rows.base,
                rows_replica: count * width, rows_row: width)
            kernel?(memory.keep(arguments), 0, units)
            #expect(table.isIntact && rows.isIntact)
        }
        func clamped(_ index: Int32) -> Int { min(max(Int(index), 0), tableRows - 1) }

        let gathered = GuardedFloats(count: rowValues.count)
        run(level.kernels.gather, replicas * count, GuardedFloats(tableValues), gathered)
        let added = GuardedFloats(count: tableValues.count)
        run(level.kernels.scatter_add, replicas, added, GuardedFloats(rowValues))
        let assigned = GuardedFloats(tableValues)
        run(level.kernels.assign_rows, replicas, assigned, GuardedFloats(rowValues))

        var (gatherExpected, addExpected, assignExpected) = (rowValues, tableValues.map { _ in Float(0) }, tableValues)
        for replica in 0..<replicas {
            for i in 0..<count {
                let index = indices[replica * count + i]
                let row = replica * tableRows + clamped(index)
                for j in 0..<width {
                    let value = rowValues[(replica * count + i) * width + j]
                    gatherExpected[(replica * count + i) * width + j] = tableValues[row * width + j]
                    addExpected[row * width + j] += value
                    if index >= 0, index < tableRows { assignExpected[row * width + j] = value }
                }
            }
        }
        #expect(gathered.values == gatherExpected)
        #expect(added.values == addExpected)
        #expect(assigned.values == assignExpected)
    }

    @Test(arguments: CPULevel.supported)
    func reductionsAgreeWithDouble(_ level: CPULevel) {
        for (outer, length, inner) in [
            (1, 1, 1), (3, 257, 1), (2, 31, 33), (1, 1000, 3), (2, 3, 257), (1, 65, 64), (5, 64, 17),
        ] {
            for reduction in [HR_REDUCE_SUM, HR_REDUCE_MAXIMUM, HR_REDUCE_MINIMUM] {
                var numbers = TestNumbers(seed: 6)
                let input = GuardedFloats(numbers.array(outer * length * inner), offset: 1)
                let output = GuardedFloats(count: outer * inner, offset: 3)
                let memory = ArgumentMemory()
                var reduce = hr_reduce()
                reduce.reduction = Int32(reduction.rawValue)
                reduce.outer_rank = 1
                reduce.outer_sizes = LaunchBuilder.axes([outer])
                reduce.outer_strides = LaunchBuilder.axes([length * inner])
                (reduce.outer, reduce.length, reduce.inner) = (outer, length, inner)
                (reduce.length_stride, reduce.inner_stride) = (inner, 1)
                reduce.input = UnsafePointer(input.base)
                reduce.output = output.base
                level.kernels.reduce(
                    memory.keep(reduce), 0, outer * ((inner + Int(HR_REDUCE_COLUMNS) - 1) / Int(HR_REDUCE_COLUMNS)))
                for o in 0..<outer {
                    for i in 0..<inner {
                        let terms = (0..<length).map { Double(input.base[(o * length + $0) * inner + i]) }
                        let got = Double(output.base[o * inner + i])
                        switch reduction {
                        case HR_REDUCE_SUM:
                            // Pairwise sums: at most about 64 + length / 64 roundings of a partial sum.
                            let bound = terms.reduce(0) { $0 + abs($1) } * 0x1p-24 * (64 + Double(length) / 64)
                            #expect(abs(got - terms.reduce(0, +)) <= bound)
                        case HR_REDUCE_MAXIMUM: #expect(got == terms.max())
                        default: #expect(got == terms.min())
                        }
                    }
                }
                #expect(input.isIntact && output.isIntact)
            }
        }
    }

    @Test(arguments: CPULevel.supported)
    func updatesFollowTheirEquations(_ level: CPULevel) {
        let counts = [1, 3, 31, 33, 257, 16_384, 40_001]
        let (beta1, beta2, epsilon, rate): (Float, Float, Float, Float) = (0.9, 0.999, 1e-8, 0.005)
        let scale: [Float] = [3e-3, 1.7]
        var numbers = TestNumbers(seed: 7)
        let memory = ArgumentMemory()
        let p = counts.map { GuardedFloats(numbers.array($0), offset: 1) }
        let m = counts.map { GuardedFloats(numbers.array($0), offset: 2) }
        let v = counts.map { GuardedFloats(numbers.array($0).map { $0 * $0 }, offset: 3) }
        let g = counts.map { GuardedFloats(numbers.array($0), offset: 5) }
        let target = counts.map { GuardedFloats(numbers.array($0), offset: 9) }
        let before = (p: p.map(\.values), m: m.map(\.values), v: v.map(\.values), target: target.map(\.values))
        var units = 0
        var segments: [hr_adam_segment] = []
        var soft: [hr_soft_segment] = []
        for i in counts.indices {
            segments.append(
                hr_adam_segment(
                    parameter: p[i].base, first: m[i].base, second: v[i].base, gradient: UnsafePointer(g[i].base),
                    count: counts[i], first_unit: units))
            soft.append(
                hr_soft_segment(
                    target: target[i].base, source: UnsafePointer(p[i].base), count: counts[i], first_unit: units))
            units += (counts[i] + Int(HR_UPDATE_ELEMENTS) - 1) / Int(HR_UPDATE_ELEMENTS)
        }
        let rule = hr_adam_rule(
            beta1: beta1, beta2: beta2, epsilon: epsilon, complement1: 1 - beta1, complement2: 1 - beta2,
            scale: UnsafePointer(memory.keep(scale)))
        let adam = hr_adam(rule: rule, segments: memory.keep(segments), segment_count: segments.count)
        // The pool cuts units anywhere: do them in two parts.
        level.kernels.adam(memory.keep(adam), 0, 4)
        level.kernels.adam(memory.keep(adam), 4, units)
        let update = hr_soft_update(segments: memory.keep(soft), segment_count: soft.count, rate: rate)
        level.kernels.soft_update(memory.keep(update), 0, units)
        var worst = 0.0
        for i in counts.indices {
            for j in 0..<counts[i] {
                let gradient = Double(g[i].base[j])
                let first = Double(beta1) * Double(before.m[i][j]) + (1 - Double(beta1)) * gradient
                let second = Double(beta2) * Double(before.v[i][j]) + (1 - Double(beta2)) * gradient * gradient
                let parameter =
                    Double(before.p[i][j]) - Double(scale[0]) * first
                    / (second.squareRoot() * Double(scale[1]) + Double(epsilon))
                let moved = Double(before.target[i][j]) + Double(rate) * (parameter - Double(before.target[i][j]))
                for (got, expected) in [(m[i], first), (v[i], second), (p[i], parameter), (target[i], moved)] {
                    // 1 − β is rounded to float32, relatively 6e-5 · 2⁻²⁴ / (1 − β).
                    worst = max(worst, abs(Double(got.base[j]) - expected))
                }
            }
            #expect(p[i].isIntact && m[i].isIntact && v[i].isIntact && g[i].isIntact && target[i].isIntact)
        }
        #expect(worst < 4e-7, "worst error \(worst)")
    }
}
