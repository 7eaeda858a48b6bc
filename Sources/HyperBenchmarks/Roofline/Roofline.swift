import HyperFormats
import HyperParallel
import HyperTensor

/// What a device can do at best: the ceilings that launches are held against.
public struct Roofline: Sendable {
    /// A matrix product of given sizes.
    public struct Product: Hashable, Sendable {
        public let batch: Int
        public let m: Int
        public let k: Int
        public let n: Int
        /// What it is in a step.
        public let use: String
        /// 10⁹ floating-point operations per second, in the fastest run.
        public var gflops = 0.0

        var operations: Double { 2 * Double(batch) * Double(m) * Double(k) * Double(n) }
    }

    /// Memory that is streamed through.
    public struct Stream: Hashable, Sendable {
        /// `L1`, `L2`, `L3` or `memory`.
        public let level: String
        /// Bytes that are gone through again and again, on all threads together.
        public let bytes: Int
        /// 10⁹ bytes per second read and written on all threads together, in the fastest run.
        public let gigabytesPerSecond: Double
    }

    public let device: DeviceDescription
    public let products: [Product]
    public let streams: [Stream]
    /// Seconds of a launch that does next to nothing, in a program of many.
    public let launch: Timing
    /// Seconds in which the host hands a launch to the device's queue, nothing awaited; nil where there is no queue.
    public let enqueue: Timing?
    /// Seconds to start a run of a program with one launch and to await its end.
    public let run: Timing
    /// Seconds to hand work to all threads and to await them; nil where there are no threads.
    public let forkJoin: Timing?

    /// Large ones for the ceiling; those of a TD3 step with the sa-hyper critic and a batch of 100.
    static let products: [Product] = [
        Product(batch: 1, m: 2048, k: 2048, n: 2048, use: "large"),
        Product(batch: 1, m: 1024, k: 1024, n: 1024, use: "large"),
        Product(batch: 2, m: 100, k: 1024, n: 1024, use: "forward, 1024 wide"),
        Product(batch: 2, m: 1024, k: 100, n: 1024, use: "weight gradient, 1024 wide"),
        Product(batch: 2, m: 100, k: 512, n: 512, use: "forward, 512 wide"),
        Product(batch: 2, m: 100, k: 256, n: 256, use: "forward, 256 wide"),
        Product(batch: 2, m: 100, k: 1024, n: 1536, use: "weight head"),
    ]

    /// Measures for about `seconds`.
    ///
    /// - Parameter pool: The threads that the backend computes with, if it computes on the CPU.
    public init(backend: any Backend, pool: WorkerPool?, seconds: Double) throws {
        try self.init(backend: backend, pool: pool, products: Self.products, seconds: seconds)
    }

    /// - Parameter products: The matrix products to measure.
    init(backend: any Backend, pool: WorkerPool? = nil, products sizes: [Product], seconds: Double) throws {
        device = backend.device
        let share = seconds / Double(sizes.count + 8)
        products = try sizes.map { product in
            var measured = product
            let timing = try ProgramTimer.product(product, on: backend, seconds: share)
            measured.gflops = product.operations / timing.minimum / 1e9
            return measured
        }
        (launch, run) = try ProgramTimer.overhead(on: backend, seconds: share)
        enqueue = try ProgramTimer.enqueue(on: backend, seconds: share)
        if let pool {
            streams = StreamMeter.measure(pool, seconds: 4 * share)
            forkJoin = StreamMeter.forkJoin(pool, seconds: share)
        } else {
            streams = try ProgramTimer.streams(on: backend, seconds: share)
            forkJoin = nil
        }
    }

    /// The highest speed of any product, in operations per second.
    var peakOperations: Double { (products.map(\.gflops).max() ?? 0) * 1e9 }

    /// The speed of the smallest memory level that holds `bytes`, in bytes per second.
    func bandwidth(for bytes: Int) -> Double {
        let sorted = streams.sorted { $0.bytes < $1.bytes }
        // A set is measured at half of its level.
        let level = sorted.first { bytes <= 2 * $0.bytes } ?? sorted.last
        return (level?.gigabytesPerSecond ?? 0) * 1e9
    }

    public var json: JSONValue {
        func microseconds(_ timing: Timing) -> JSONValue {
            ["median": .double(rounded(timing.median * 1e6, 3)), "min": .double(rounded(timing.minimum * 1e6, 3))]
        }
        return [
            "backend": .string(device.backend),
            "device": .string(device.name),
            "matmul": .array(
                products.map {
                    [
                        "batch": .integer($0.batch), "m": .integer($0.m), "k": .integer($0.k), "n": .integer($0.n),
                        "use": .string($0.use), "gflops": .double(rounded($0.gflops, 1)),
                    ]
                }),
            "stream": .array(
                streams.map {
                    [
                        "level": .string($0.level), "bytes": .integer($0.bytes),
                        "gb_per_s": .double(rounded($0.gigabytesPerSecond, 1)),
                    ]
                }),
            "launch_us": microseconds(launch),
            "enqueue_us": enqueue.map(microseconds) ?? .null,
            "run_us": microseconds(run),
            "fork_join_us": forkJoin.map(microseconds) ?? .null,
        ]
    }

    public var text: String {
        var table = Table([("CEILING", .left), ("SIZE", .left), ("BEST", .right), ("UNIT", .left)])
        for product in products {
            let batch = product.batch == 1 ? "" : "\(product.batch)x"
            table.add([
                "matmul, \(product.use)", "\(batch)[\(product.m), \(product.k)]·[\(product.k), \(product.n)]",
                decimal(product.gflops, 1), "GFLOP/s",
            ])
        }
        for stream in streams {
            table.add([
                "stream, \(stream.level)", "\(stream.bytes >> 10) KiB", decimal(stream.gigabytesPerSecond, 1), "GB/s",
            ])
        }
        table.add(["launch", "16 numbers", decimal(launch.minimum * 1e6, 3), "µs"])
        if let enqueue { table.add(["enqueue alone", "1 launch", decimal(enqueue.minimum * 1e6, 3), "µs"]) }
        table.add([
            enqueue == nil ? "run of a program" : "enqueue with finish", "1 launch", decimal(run.minimum * 1e6, 3),
            "µs",
        ])
        if let forkJoin { table.add(["fork and join", "all threads", decimal(forkJoin.minimum * 1e6, 3), "µs"]) }
        return "\(device.backend): \(device.name)\n\n" + table.text
    }
}
