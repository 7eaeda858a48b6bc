import HyperTensor

extension StateStore {
    /// Sets all elements of a variable of any type.
    ///
    /// - Parameter numbers: Rounded to float32; for int32 each must be one.
    public func write(numbers: [Double], to variable: Variable) throws {
        switch variable.type.element {
        case .float32: try write(numbers.map { Float($0) }, to: variable)
        case .int32: try write(numbers.map { Int32($0) }, to: variable)
        case .float64: try write(doubles: numbers, to: variable)
        }
    }
}

extension CompiledProgram {
    /// Gives the value of an input of any type.
    ///
    /// - Parameter numbers: Rounded to float32; for int32 each must be one.
    public func setInput(_ index: Int, numbers: [Double]) throws {
        switch program.inputs[index].type.element {
        case .float32: try setInput(index, numbers.map { Float($0) })
        case .int32: try setInput(index, numbers.map { Int32($0) })
        case .float64: try setInput(index, doubles: numbers)
        }
    }
}
