import HyperAgents
import HyperCPU
import HyperFormats
import Testing

@testable import HyperBenchmarks

@Suite struct ReportTests {
    @Test func tablesAlignTextLeftAndNumbersRight() {
        var table = Table([("NAME", .left), ("MS", .right), ("NOTE", .left)])
        table.add(["matmul", "1.25", ""])
        table.add(["a", "10.00", "slow"])
        #expect(table.text == "NAME       MS  NOTE\nmatmul   1.25\na       10.00  slow\n")
    }

    @Test func numbersHaveTheirDecimals() {
        #expect(decimal(1.005, 1) == "1.0" && decimal(0.0499, 2) == "0.05" && decimal(12.5, 0) == "13")
        #expect(decimal(-1.25, 2) == "-1.25" && decimal(-0.001, 2) == "0.00" && decimal(3.0499, 3) == "3.050")
        #expect(decimal(.infinity, 2) == "-" && decimal(.nan, 0) == "-")
    }

    @Test func timingsAreMedianAndExtremes() {
        let odd = Timing([3, 1, 2])
        #expect(odd.median == 2 && odd.minimum == 1 && odd.maximum == 3)
        #expect(Timing([4, 1, 2, 3]).median == 2.5)
    }

    @Test func aRooflineHasEveryCeiling() throws {
        let backend = try CPUBackend(threads: 1)
        let roofline = try Roofline(backend: backend, pool: backend.pool, seconds: 0.3)
        let json = try JSONValue(parsing: Array(roofline.json.jsonText.utf8))
        #expect(json["stream"]?.asArray?.compactMap { $0["level"]?.asString } == ["L1", "L2", "L3", "memory"])
        #expect(try #require(json["matmul"]?.asArray).allSatisfy { ($0["gflops"]?.asDouble ?? 0) > 0.1 })
        #expect(try #require(json["stream"]?.asArray).allSatisfy { ($0["gb_per_s"]?.asDouble ?? 0) > 0.1 })
        for key in ["launch_us", "run_us", "fork_join_us"] { #expect(json[key]?["median"]?.asDouble != nil) }
        #expect(roofline.bandwidth(for: 1) == roofline.streams[0].gigabytesPerSecond * 1e9)
        #expect(roofline.bandwidth(for: 1 << 40) == roofline.streams[3].gigabytesPerSecond * 1e9)
        #expect(roofline.peakOperations == roofline.products.map(\.gflops).max().map { $0 * 1e9 })
    }

    @Test func cacheSizesHaveUnits() {
        #expect(CacheSizes.bytes("48K") == 48 << 10 && CacheSizes.bytes("32M") == 32 << 20)
        #expect(CacheSizes.bytes("512") == 512 && CacheSizes.bytes("x") == nil)
    }

    @Test func table3SaysWhatIsMissingAndWhatIsScaled() throws {
        let backend = try CPUBackend(threads: 2)
        let table = try Table3(environment: "Hopper-v2", steps: 2, backend: backend, pool: backend.pool)
        #expect(table.text.contains("Scaled: 2 steps were measured and multiplied to 5000."))
        let json = try JSONValue(parsing: Array(table.json.jsonText.utf8))
        #expect(json["scaled"] == true && json["measured_steps"] == 2)
        for (row, algorithm) in zip(try #require(json["rows"]?.asArray), Table3.paper) {
            let exists = AlgorithmCatalogue.standard.named(algorithm.algorithm) != nil
            #expect(row["exists"]?.asBool == exists && (row["hyper_seconds"]?.asDouble != nil) == exists)
            #expect(table.text.contains("\(algorithm.name) "))
        }
        #expect(json["rows"]?.asArray?.contains { $0["exists"] == true } == true)
    }
}
