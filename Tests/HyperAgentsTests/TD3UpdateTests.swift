import HyperCPU
import HyperReference
import HyperTensor
import Testing

@testable import HyperAgents

/// TD3's update against PyTorch in double precision, number by number.
@Suite struct TD3UpdateTests {
    static func references() throws -> [TD3Reference] {
        try [.mlp(), .hyper(), .normalized(.batch), .normalized(.spectral)]
    }

    /// In double precision a right formula agrees with PyTorch to rounding: measured 3e-13 of the largest element.
    @Test(arguments: try references()) func updatesEqualPyTorchInDouble(_ reference: TD3Reference) throws {
        let stepper = try TD3Stepper(reference, backend: ReferenceBackend())
        var compared = 0
        for update in 1...TD3Reference.updates {
            try stepper.update(update) { name, ours, theirs in
                compared += 1
                let error = relativeError(ours, theirs)
                #expect(error < 1e-11, "\(name): relative error \(error)")
            }
        }
        // Losses, values, targets of 6 updates, the actor's numbers, and the critics' as far as they are stored.
        #expect(compared > 100, "only \(compared) tensors were compared")
    }

    /// In float32 the six updates stay close; Adam divides by √v, which enlarges rounding of tiny gradients.
    @Test(arguments: try references()) func updatesFollowPyTorchOnTheCPU(_ reference: TD3Reference) throws {
        let stepper = try TD3Stepper(reference, backend: CPUBackend(threads: 2))
        for update in 1...TD3Reference.updates {
            try stepper.update(update) { name, ours, theirs in
                let error = relativeError(ours, theirs)
                #expect(error < 2e-3, "\(name): relative error \(error)")
            }
        }
    }

    /// Largest difference over the largest magnitude of the expected numbers.
    private func relativeError(_ ours: [Double], _ theirs: [Double]) -> Double {
        guard ours.count == theirs.count else { return .infinity }
        let scale = theirs.map(abs).max() ?? 0
        let difference = zip(ours, theirs).map { abs($0 - $1) }.max() ?? 0
        return scale == 0 ? difference : difference / scale
    }
}
