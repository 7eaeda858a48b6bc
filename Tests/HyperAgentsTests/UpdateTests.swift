import HyperCPU
import HyperReference
import HyperTensor
import Testing

@testable import HyperAgents

/// Updates against PyTorch in double precision, number by number.
@Suite struct UpdateTests {
    static func references() throws -> [UpdateReference] {
        try [
            "td3-mlp", "td3-hyper", "td3-hyper-batch", "td3-hyper-spectral", "sac-mlp", "sac-mlp-auto", "sac-hyper",
            "sac-hyper-auto", "sac-hyper-batch",
        ].map(UpdateReference.init)
    }

    /// In double precision a right formula agrees with PyTorch to rounding: measured 3e-13 of the largest element.
    @Test(arguments: try references()) func updatesEqualPyTorchInDouble(_ reference: UpdateReference) throws {
        let (compared, worst) = try compare(reference, on: ReferenceBackend(), limit: 1e-11)
        print("\(reference.name): \(compared) tensors, largest relative error \(worst)")
        // Losses, values, targets of 6 updates, and gradients, parameters, buffers and moments as far as they are stored.
        #expect(compared > 100, "only \(compared) tensors were compared")
    }

    /// In float32 the six updates stay close; Adam divides by √v, which enlarges rounding of tiny gradients.
    @Test(arguments: try references()) func updatesFollowPyTorchOnTheCPU(_ reference: UpdateReference) throws {
        let (_, worst) = try compare(reference, on: CPUBackend(threads: 2), limit: 2e-3)
        print("\(reference.name): largest relative error \(worst) in float32")
    }

    private func compare(
        _ reference: UpdateReference, on backend: any Backend, limit: Double
    ) throws -> (compared: Int, worst: Double) {
        let isSAC = reference.name.hasPrefix("sac")
        let sac = isSAC ? try SACStepper(reference, backend: backend) : nil
        let td3 = isSAC ? nil : try TD3Stepper(reference, backend: backend)
        var (compared, worst) = (0, 0.0)
        func check(_ name: String, _ ours: [Double], _ theirs: [Double]) {
            compared += 1
            let error = relativeError(ours, theirs)
            worst = max(worst, error)
            #expect(error < limit, "\(name): relative error \(error)")
        }
        for update in 1...UpdateReference.updates {
            try sac?.update(update, check)
            try td3?.update(update, check)
        }
        return (compared, worst)
    }
}
