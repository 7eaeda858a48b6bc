import Foundation
import HyperCPU
import HyperFormats
import HyperTensor
import Testing

@testable import HyperBenchmarks

@Suite struct CompileTests {
    private static func measure(nodes: [Int], tellsPasses: Bool = false) throws -> CompileBenchmark {
        try CompileBenchmark(
            nodes: nodes, repeats: 1, tellsPasses: tellsPasses,
            scratchSizes: MetaGradient.Sizes(state: 3, action: 2, tasks: 2, samples: 8),
            backend: CPUBackend(threads: 1))
    }

    @Test(arguments: MetaGradient.Growth.allCases)
    func programsHaveAboutTheNodesThatAreWanted(_ growth: MetaGradient.Growth) throws {
        func nodes(_ count: Int) throws -> Int { try MetaGradient(growth, count: count).program().nodes.count }
        let step = try nodes(3) - nodes(2)
        for wanted in [1500, 3000] {
            let count = try MetaGradient.count(growth, nodes: wanted)
            #expect(abs(try nodes(count) - wanted) <= max(step / 2 + 1, try nodes(1) - wanted))
        }
        #expect(try MetaGradient.count(growth, nodes: 1) == 1)
    }

    @Test func reportsHaveTheAgreedKeys() throws {
        let result = try Self.measure(nodes: [800, 1600], tellsPasses: true)
        let json = try JSONValue(parsing: Array(result.json.jsonText.utf8))
        #expect(json.asObject?.keys == ["backend", "device", "repeats", "programs", "passes", "scratch", "prepared"])
        let programs = try #require(json["programs"]?.asArray)
        #expect(
            programs.allSatisfy {
                $0.asObject?.keys == [
                    "growth", "nodes", "simplified_nodes", "launches", "trace_ms", "simplify_ms", "schedule_ms",
                    "schedule_in_groups_ms", "bind_ms", "total_ms", "ratio", "ratio_per_doubling",
                ]
            })
        #expect(programs.map { $0["growth"]?.asString } == ["tasks", "tasks", "layers", "layers"])
        #expect(programs.map { $0["ratio"]?.asDouble == nil } == [true, false, true, false])
        for program in programs {
            let parts = try ["trace_ms", "simplify_ms", "schedule_ms", "bind_ms"].map {
                try #require(program[$0]?.asDouble)
            }
            let total = try #require(program["total_ms"]?.asDouble)
            #expect(total > 0 && (total - parts.reduce(0, +)).magnitude < 0.01)
            #expect(try #require(program["simplified_nodes"]?.asInt) < #require(program["nodes"]?.asInt))
        }
        let (plain, scaled) = (programs[1]["ratio"]?.asDouble, programs[1]["ratio_per_doubling"]?.asDouble)
        let nodes = try programs.map { Double(try #require($0["nodes"]?.asInt)) }
        #expect(
            (log2(try #require(scaled)) * log2(nodes[1] / nodes[0]) - log2(try #require(plain))).magnitude < 0.01)
        let passes = try #require(json["passes"]?.asArray)
        let names = SchedulePass.allCases.map { $0.rawValue }
        #expect(passes.map { $0["pass"]?.asString } == names + names + names + names)
        let scratch = try #require(json["scratch"]?.asArray)
        #expect(scratch.map { $0["policy"]?.asString } == ["vanilla", "vanilla", "hyper", "hyper"])
        // No plan needs less than what is alive at once.
        for row in scratch {
            #expect(try #require(row["planned_bytes"]?.asInt) >= #require(row["bound_bytes"]?.asInt))
            #expect(try #require(row["bound_bytes"]?.asInt) > 0)
        }
        for row in try #require(json["prepared"]?.asArray) {
            let (all, prepared) = (try #require(row["launches"]?.asInt), try #require(row["prepared_launches"]?.asInt))
            #expect(prepared > 0 && prepared < all)
            #expect(try #require(row["planned_bytes_prepared"]?.asInt) >= #require(row["planned_bytes"]?.asInt))
        }
        for word in [
            "GROWN BY", "RATIO", "Scheduling in groups, grown by layers", "PER DOUBLING", "lowering", "SCRATCH MIB",
        ] {
            #expect(result.text.contains(word))
        }
    }

    private static func scratch(_ body: (Tensor) -> [Tensor]) throws -> ScratchUse {
        let program = try Program.trace("scratch") { trace in
            let outputs = body(trace.input("x", TensorType(.float32, [64, 64])))
            for (index, output) in outputs.enumerated() { trace.output("\(index)", output) }
        }
        return ScratchUse(Schedule(program))
    }

    /// 16 KiB for each product: two are alive at once, an output to the end.
    @Test func valuesLiveFromTheirWriterToTheirLastReader() throws {
        let matrix = 64 * 64 * 4
        #expect(try Self.scratch { [$0.matmul($0).matmul($0).matmul($0)] }.bound == 2 * matrix)
        let kept = try Self.scratch { x in
            let first = x.matmul(x)
            return [first.matmul(x).matmul(x), first]
        }
        #expect(kept.bound == 3 * matrix && kept.planned == 3 * matrix && kept.ratio == 1)
    }

    /// 256 bytes for each row of sums; what an elementwise launch reads for the last time makes room for its result.
    @Test func anElementwiseLaunchMayWriteOverItsDyingOperand() throws {
        let row = 64 * 4
        #expect(try Self.scratch { [$0.sum(axes: [0]).exp()] }.bound == row)
        let kept = try Self.scratch { x in
            let sums = x.sum(axes: [0])
            return [sums.exp(), sums]
        }
        #expect(kept.bound == 2 * row)
        // Read in another order, the operand has to stay.
        let turned = try Self.scratch { x in
            let sums = x.sum(axes: [0])
            return [sums.reshaped(to: [8, 8]).transposed([1, 0]).exp()]
        }
        #expect(turned.bound == 2 * row)
    }
}
