// Numbers in double precision at the edges of backends that keep float32. The reference backend has its own ways, which do not round.

extension StateStore {
    public func doubles(_ variable: Variable) throws -> [Double] { try floats(variable).map { Double($0) } }

    public func write(doubles values: [Double], to variable: Variable) throws {
        try write(values.map { Float($0) }, to: variable)
    }
}

extension CompiledProgram {
    public func setInput(_ index: Int, doubles values: [Double]) throws {
        try setInput(index, values.map { Float($0) })
    }

    public func doubles(ofOutput index: Int) throws -> [Double] { try output(index).map { Double($0) } }
}
