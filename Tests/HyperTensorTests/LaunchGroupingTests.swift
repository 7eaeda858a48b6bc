import Testing

@testable import HyperTensor

@Suite struct LaunchGroupingTests {
    private func grouped(_ body: (Trace) throws -> Void) throws -> Schedule {
        var target = ScheduleTarget()
        target.makesOuterProductsElementwise = true
        target.rectifiesOperands = true
        target.kind = { launch in
            if case .matmul = launch { return "matmul" }
            return "other"
        }
        return Schedule(try Program.trace("test", body), for: target)
    }

    private func input(_ trace: Trace, _ name: String, _ shape: Shape) -> Tensor {
        trace.input(name, TensorType(.float32, shape))
    }

    /// Two chains of three products each run side by side: three groups of two.
    @Test func independentChainsShareGroups() throws {
        let schedule = try grouped { trace in
            for name in ["a", "b"] {
                let w = input(trace, "\(name)w", [4, 4])
                trace.output(name, input(trace, "\(name)x", [3, 4]).matmul(w).matmul(w).matmul(w))
            }
        }
        #expect(schedule.groups.map(\.count) == [2, 2, 2])
    }

    /// Parts of one group run at once: none may touch what another one writes.
    @Test func partsOfAGroupShareNoMemory() throws {
        let schedule = try grouped { trace in
            var values = (0..<6).map { input(trace, "x\($0)", [5, 5]) }
            for round in 0..<8 {
                values = values.indices.map { values[$0].matmul(values[($0 + 1 + round) % 6]).tanh() }
            }
            for (index, value) in values.enumerated() { trace.output("y\(index)", value) }
        }
        func range(_ operand: Operand) -> Range<Int>? {
            guard case .scratch(let offset) = schedule.values[operand.value].storage else { return nil }
            return offset..<offset + schedule.values[operand.value].type.count
        }
        var pairs = 0
        for group in schedule.groupedLaunches {
            for (index, part) in group.enumerated() {
                guard let written = part.launch.writes.first.flatMap(range) else { continue }
                for (other, launch) in group.enumerated() {
                    for operand in launch.launch.reads + (other == index ? [] : launch.launch.writes) {
                        guard let touched = range(operand) else { continue }
                        pairs += 1
                        #expect(!written.overlaps(touched))
                    }
                }
            }
        }
        #expect(pairs > 100)
    }

    /// A read traced before an assignment sees the old value, one after it the new: order survives grouping.
    @Test func effectsKeepTheirOrder() throws {
        var layout = StateLayout()
        let variable = try layout.addVariable("held", TensorType(.float32, [4]))
        let schedule = try grouped { trace in
            let x = input(trace, "x", [4])
            trace.output("before", trace.read(variable) * x)
            trace.assign(variable, x)
            trace.output("after", trace.read(variable) * x)
            trace.assign(variable, x * 2)
        }
        var position: [Int: [String]] = [:]
        for (index, group) in schedule.groupedLaunches.enumerated() {
            for part in group {
                let isIt = { (value: ValueID) in schedule.values[value].storage.variable == variable }
                if part.launch.reads.contains(where: { isIt($0.value) }) { position[index, default: []].append("read") }
                if part.launch.writtenValues.contains(where: isIt) { position[index, default: []].append("write") }
            }
        }
        #expect(position.sorted { $0.key < $1.key }.map(\.value) == [["read"], ["write"], ["read"], ["write"]])
    }

    /// Blocks of a concatenation are written side by side; a fill and the block inside it are not.
    @Test func disjointBlocksShareAGroup() throws {
        let schedule = try grouped { trace in
            let parts = (0..<3).map { input(trace, "x\($0)", [2, 3]) }
            trace.output("y", Tensor.concatenate(parts, axis: 1))
        }
        #expect(schedule.groups.map(\.count) == [3])
        let padded = try grouped { trace in
            trace.output("y", input(trace, "x", [2, 3]).padded(to: [2, 9], before: [0, 4]))
        }
        #expect(padded.groups.map(\.count) == [1, 1])
    }

    // MARK: Folding

    @Test func reluBeforeProductsCostsNoLaunch() throws {
        let schedule = try grouped { trace in
            let x = input(trace, "x", [3, 4])
            let y = x.relu().matmul(input(trace, "w", [4, 4]))
            trace.output("y", y)
            // The rectified value's other reader applies ReLU itself.
            trace.output("z", x.relu() * 2 + y)
        }
        let parts = schedule.launches
        #expect(parts.count == 2)
        #expect(parts.filter { $0.launch.rectifiesLeft }.count == 1)
        let kept = try grouped { trace in
            let rectified = input(trace, "x", [3, 4]).relu()
            trace.output("relu", rectified)
            trace.output("y", rectified.matmul(input(trace, "w", [4, 4])))
        }
        #expect(kept.launches.count == 2)
        #expect(kept.launches.allSatisfy { !$0.launch.rectifiesLeft })
    }

    @Test func outerProductsAreElementwise() throws {
        let schedule = try grouped { trace in
            let product = input(trace, "x", [3, 1]).matmul(input(trace, "y", [1, 5]))
            trace.output("z", (product + input(trace, "b", [3, 5])).tanh())
        }
        let parts = schedule.launches
        #expect(parts.count == 1)
        guard case .elementwise(let kernel, let inputs, _) = parts[0].launch else {
            Issue.record("still a product: \(schedule)")
            return
        }
        #expect(kernel.inputCount == 3 && inputs.count == 3)
        #expect(kernel.instructions == [.binary(.multiply, 0, 1), .binary(.add, 3, 2), .unary(.tanh, 4)])
        #expect(kernel.output == 5)
    }
}

extension Launch {
    fileprivate var rectifiesLeft: Bool {
        if case .matmul(let product) = self { return product.rectifiesLeft }
        return false
    }
}
