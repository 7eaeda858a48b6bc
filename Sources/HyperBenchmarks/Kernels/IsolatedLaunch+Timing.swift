import HyperTensor

extension IsolatedLaunch {
    /// The program on a backend, with numbers to work on that are quickly made: what is timed, not what is checked.
    func compiledWithNumbers(on backend: any Backend) throws -> any CompiledProgram {
        let state = try backend.makeState(layout)
        for (variable, content) in zip(layout.variables, contents) {
            let count = variable.type.count
            switch (content, variable.type.element) {
            case (.integers(let bound), .int32):
                try state.write((0..<count).map { Int32(($0 * 7919) % max(1, bound)) }, to: variable)
            case (.normal, .int32), (.positive, .int32):
                try state.write([Int32](repeating: 1, count: count), to: variable)
            case (_, .float64):
                try state.write(doubles: (0..<count).map { Double($0 % 251) / 256 + 0x1p-10 }, to: variable)
            case (.integers, .float32), (.normal, .float32), (.positive, .float32):
                try state.write((0..<count).map { Float($0 % 251) / 256 + 0x1p-10 }, to: variable)
            }
        }
        return try backend.compile(schedule, state: state)
    }
}
