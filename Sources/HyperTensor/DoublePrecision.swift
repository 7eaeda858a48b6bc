// Numbers in double precision at the edges of backends that keep float32. The reference backend has its own ways, which do not round.

extension StateStore {
    public func doubles(_ variable: Variable) throws -> [Double] {
        if variable.type.element != .float64 { return try floats(variable).map { Double($0) } }
        return try [Double](unsafeUninitializedCapacity: variable.type.count) { buffer, count in
            try read(variable, elements: 0..<variable.type.count, into: UnsafeMutableRawBufferPointer(buffer))
            count = variable.type.count
        }
    }

    public func write(doubles values: [Double], to variable: Variable) throws {
        if variable.type.element != .float64 { return try write(values.map { Float($0) }, to: variable) }
        guard values.count == variable.type.count else {
            throw TensorError("write: \(variable) takes \(variable.type.count) values, not \(values.count)")
        }
        try values.withUnsafeBytes { try write(variable, elements: 0..<values.count, from: $0) }
    }
}

extension CompiledProgram {
    public func setInput(_ index: Int, doubles values: [Double]) throws {
        guard program.inputs.indices.contains(index), program.inputs[index].type.element == .float64 else {
            return try setInput(index, values.map { Float($0) })
        }
        try values.withUnsafeBytes { try setInput(index, $0) }
    }

    public func doubles(ofOutput index: Int) throws -> [Double] {
        guard program.outputs.indices.contains(index), program.outputs[index].type.element == .float64 else {
            return try output(index).map { Double($0) }
        }
        let count = program.outputs[index].type.count
        return try [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
            try readOutput(index, into: UnsafeMutableRawBufferPointer(buffer))
            initialized = count
        }
    }
}
