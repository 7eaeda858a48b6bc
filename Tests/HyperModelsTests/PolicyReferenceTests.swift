import HyperCPU
import HyperFormats
import HyperModels
import HyperReference
import HyperTensor
import HyperTestSupport
import Testing

/// What the meta-learners' networks give, gradients of a loss of it and products of its Hessian, against PyTorch's.
@Suite struct PolicyReferenceTests {
    @Test(arguments: PolicyReference.all) func equalsPyTorchInDouble(_ reference: PolicyReference) throws {
        for (name, error) in try errors(reference, ReferenceBackend()) {
            #expect(error < 1e-11, "\(name): relative error \(error)")
        }
    }

    @Test(arguments: PolicyReference.all) func followsPyTorchOnTheCPU(_ reference: PolicyReference) throws {
        for (name, error) in try errors(reference, CPUBackend(threads: 2)) {
            #expect(error < 1e-4, "\(name): relative error \(error)")
        }
    }

    /// No case of the fixture is forgotten here.
    @Test func everyStoredTensorIsCompared() throws {
        let prefixes = PolicyReference.all.map { $0.name + "." }
        for name in try PolicyReference.file().names { #expect(prefixes.contains { name.hasPrefix($0) }, "\(name)") }
    }

    /// Name and relative error of every tensor that the fixture holds of the case.
    private func errors(_ reference: PolicyReference, _ backend: any Backend) throws -> [(String, Double)] {
        let file = try PolicyReference.file()
        let specifications = reference.parameters.specifications
        let program = try Program.trace(reference.name) { trace in
            let parameters = specifications.map { trace.input($0.name, TensorType(.float32, [1, 1] + $0.shape)) }
            let inputs = Dictionary(
                uniqueKeysWithValues: reference.inputs.map {
                    ($0.name, trace.input("input.\($0.name)", TensorType(.float32, $0.shape)))
                })
            func constant(_ name: String, like tensor: Tensor) -> Tensor {
                trace.constant(HashedNumbers.filled(name, tensor.shape.count), tensor.type)
            }
            func total(_ tensor: Tensor) -> Tensor {
                tensor.reshaped(to: [tensor.shape.count]).sum(axes: [0]).reshaped(to: [])
            }
            var loss = trace.constant(0)
            for (name, value) in reference.outputs(inputs, Parameters(parameters)) {
                trace.output(name, value)
                loss = loss + total(value * constant("upstream.\(name)", like: value))
            }
            let variables = parameters + reference.differentiated.compactMap { inputs[$0] }
            let names = specifications.map(\.name) + reference.differentiated.map { "input.\($0)" }
            let gradients = trace.gradients(of: loss, withRespectTo: variables)
            var slope = trace.constant(0)
            for (specification, gradient) in zip(specifications, gradients) {
                slope = slope + total(gradient * constant("direction.\(specification.name)", like: gradient))
            }
            let products = trace.gradients(of: slope, withRespectTo: variables)
            for (name, gradient) in zip(names, gradients) { trace.output("gradient.\(name)", gradient) }
            for (name, product) in zip(names, products) { trace.output("product.\(name)", product) }
        }
        let values =
            specifications.map { HashedNumbers.start($0.name, [1] + $0.shape) }
            + reference.inputs.map { input in
                HashedNumbers.filled(input.name, input.shape.count).map { $0 * (reference.factors[input.name] ?? 1) }
            }
        let found = try backend.compile(program, state: backend.makeState(StateLayout())).run(values)
        #expect(
            Set(file.names.filter { isOf(reference, $0) })
                == Set(program.outputs.map { "\(reference.name).\($0.name)" }))
        return try zip(program.outputs, found).map { output, ours in
            (output.name, relativeError(ours, try file.doubles(named: "\(reference.name).\(output.name)")))
        }
    }

    /// Whether a tensor belongs to the case; the names of some cases begin with those of others.
    private func isOf(_ reference: PolicyReference, _ tensor: String) -> Bool {
        let owner = PolicyReference.all.filter { tensor.hasPrefix($0.name + ".") }.max { $0.name.count < $1.name.count }
        return owner?.name == reference.name
    }
}
