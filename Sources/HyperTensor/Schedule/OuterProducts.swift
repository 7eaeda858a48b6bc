/// Makes products over an inner axis of size 1 elementwise launches: one product of two numbers for each element, with the epilogue behind it.
enum OuterProducts {
    static func apply(to schedule: inout Schedule) {
        for index in schedule.launches.indices {
            schedule.launches[index].launch = withoutOuterProduct(schedule.launches[index].launch)
        }
    }

    private static func withoutOuterProduct(_ launch: Launch) -> Launch {
        guard case .matmul(let matmul) = launch, matmul.k == 1 else { return launch }
        let shape = Shape(matmul.output.view.shape)
        let factors = [matmul.left, matmul.right].map { Operand(value: $0.value, view: $0.view.broadcast(to: shape)) }
        let extra = matmul.epilogueInputs.count
        // Registers: the factors, the epilogue's other inputs, the product, then the epilogue's own instructions.
        let product = 2 + extra
        var kernel = ElementwiseKernel(inputCount: product, instructions: [.binary(.multiply, 0, 1)], output: product)
        if let epilogue = matmul.epilogue {
            func moved(_ register: Int) -> Int {
                if register == 0 { return product }
                return register <= extra ? register + 1 : register + 2
            }
            kernel.instructions += epilogue.instructions.map { $0.withRegisters(moved) }
            kernel.output = moved(epilogue.output)
        }
        if kernel.registerCount > ElementwiseKernel.maximumRegisters { return launch }
        return .elementwise(kernel, inputs: factors + matmul.epilogueInputs, output: matmul.output)
    }
}
