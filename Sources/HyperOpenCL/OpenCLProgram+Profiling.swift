import COpenCL
import HyperTensor

extension OpenCLProgram: ProfilingProgram {
    var kernelCalls: [KernelCall] {
        launches.map { KernelCall(launches: Array(schedule.launches[schedule.groups[$0.group]]), kernel: $0.name) }
    }
    var values: [Value] { schedule.values }
    var isQueued: Bool { true }

    func finish() throws { try context.finish() }

    func run(timings: inout [KernelTiming]) throws {
        try inputs.upload(to: host)
        try context.finish()
        let queue = try context.profilingQueue()
        var events: [cl_event] = []
        defer { for event in events { _ = context.cl.clReleaseEvent(event) } }
        var queued: [Double] = []
        for launch in launches {
            var event: cl_event?
            queued.append(HostClock.seconds)
            try enqueue(launch, on: queue, event: &event)
            if let event { events.append(event) }
        }
        try OpenCLError.check(
            context.cl.clFinish(queue), "clFinish", "program '\(program.name)' on \(context.device.name)")
        hasRun = true
        let end = HostClock.seconds
        let times = try events.map { event in
            (
                queued: try time(CL_PROFILING_COMMAND_QUEUED, of: event),
                start: try time(CL_PROFILING_COMMAND_START, of: event),
                end: try time(CL_PROFILING_COMMAND_END, of: event)
            )
        }
        // The device has a clock of its own. No event was queued before the host called, and none ended after the host had
        // waited: that places one clock on the other.
        let earliest = zip(queued, times).map { $0 - $1.queued }.max() ?? 0
        let latest = times.last.map { end - $0.end } ?? 0
        let shift = min(earliest, latest)
        for (call, time) in times.enumerated() {
            timings.append(
                KernelTiming(
                    call: call, queued: min(queued[call], time.start + shift), start: time.start + shift,
                    end: time.end + shift))
        }
    }

    /// Seconds of the device's clock.
    private func time(_ what: Int32, of event: cl_event) throws -> Double {
        var nanoseconds: cl_ulong = 0
        try OpenCLError.check(
            context.cl.clGetEventProfilingInfo(
                event, cl_profiling_info(what), MemoryLayout<cl_ulong>.size, &nanoseconds, nil),
            "clGetEventProfilingInfo", "a launch of '\(program.name)'")
        return Double(nanoseconds) * 1e-9
    }
}
