import HyperTensor

/// Times small programs that any backend can run.
enum ProgramTimer {
    static func product(_ product: Roofline.Product, on backend: any Backend, seconds: Double) throws -> Timing {
        var layout = StateLayout()
        let left = try layout.addVariable("left", TensorType(.float32, [product.batch, product.m, product.k]))
        let right = try layout.addVariable("right", TensorType(.float32, [product.batch, product.k, product.n]))
        let result = try layout.addVariable("result", TensorType(.float32, [1]))
        let state = try backend.makeState(layout)
        for variable in [left, right] {
            try state.write((0..<variable.type.count).map { Float($0 % 17) / 16 - 0.5 }, to: variable)
        }
        let program = try Program.trace("matmul") { trace in
            // The product is an output, so it is computed in full; one number of it is enough to await it.
            trace.output("product", trace.read(left).matmul(trace.read(right)))
            trace.output("end", trace.read(result))
        }
        return try time(program, state, on: backend, seconds: seconds)
    }

    /// Seconds of one small launch among many, and of a whole run of a program with one.
    static func overhead(on backend: any Backend, seconds: Double) throws -> (launch: Timing, run: Timing) {
        let many = 256
        func measure(_ launches: Int) throws -> Timing {
            var layout = StateLayout()
            let variable = try layout.addVariable("x", TensorType(.float32, [16]))
            let state = try backend.makeState(layout)
            let program = try Program.trace("overhead") { trace in
                for _ in 0..<launches { trace.assign(variable, trace.read(variable) * 0.5) }
                trace.output("end", trace.read(variable))
            }
            return try time(program, state, on: backend, seconds: seconds / 2)
        }
        let one = try measure(1)
        let all = try measure(many + 1)
        func difference(_ path: KeyPath<Timing, Double>) -> Double {
            max(0, all[keyPath: path] - one[keyPath: path]) / Double(many)
        }
        return (Timing([difference(\.minimum), difference(\.median), difference(\.maximum)]), one)
    }

    /// Seconds in which the host hands one launch to a device's queue, nothing awaited; nil where there is no queue.
    static func enqueue(on backend: any Backend, seconds: Double) throws -> Timing? {
        let many = 256
        var layout = StateLayout()
        let variable = try layout.addVariable("x", TensorType(.float32, [16]))
        let program = try Program.trace("enqueue") { trace in
            for _ in 0..<many { trace.assign(variable, trace.read(variable) * 0.5) }
        }
        let compiled = try backend.compile(program, state: backend.makeState(layout))
        guard let profiling = compiled as? any ProfilingProgram, profiling.isQueued else { return nil }
        var samples: [Double] = []
        let end = HostClock.seconds + seconds
        while samples.count < 4 || HostClock.seconds < end {
            let start = HostClock.seconds
            try profiling.run()
            samples.append((HostClock.seconds - start) / Double(profiling.kernelCalls.count))
            try profiling.finish()
        }
        return Timing(Array(samples.dropFirst()))
    }

    /// Memory speed by soft updates, `x += c * (y - x)`, over arrays in the device's memory, for backends without threads of
    /// their own.
    static func streams(on backend: any Backend, seconds: Double) throws -> [Roofline.Stream] {
        try [("L2", 4 << 20), ("memory", 512 << 20)].map { level, bytes in
            var layout = StateLayout()
            let type = TensorType(.float32, [bytes / 8])
            let x = try layout.addArena("x", [("0", type)])
            let y = try layout.addArena("y", [("0", type)])
            let end = try layout.addVariable("end", TensorType(.float32, [1]))
            let state = try backend.makeState(layout)
            let program = try Program.trace("stream") { trace in
                trace.softUpdate(x, from: y, rate: 0.5)
                trace.output("end", trace.read(end))
            }
            let timing = try time(program, state, on: backend, seconds: seconds)
            return Roofline.Stream(
                level: level, bytes: bytes, gigabytesPerSecond: Double(12 * type.count) / timing.minimum / 1e9)
        }
    }

    /// Seconds of a run, its last output awaited.
    private static func time(
        _ program: Program, _ state: any StateStore, on backend: any Backend, seconds: Double
    ) throws -> Timing {
        let compiled = try backend.compile(program, state: state)
        let last = program.outputs.count - 1
        var values = [Float](repeating: 0, count: program.outputs[last].type.count)
        return try Timing.measure(seconds: seconds) {
            try compiled.run()
            try values.withUnsafeMutableBytes { try compiled.readOutput(last, into: $0) }
        }
    }
}
