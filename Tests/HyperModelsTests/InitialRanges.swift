import HyperModels
import HyperReference
import HyperTensor
import Testing

/// Smallest and largest initial value of every parameter of a network, over two members of one seed.
struct InitialRanges {
    private var ranges: [String: ClosedRange<Double>] = [:]

    init(_ list: ParameterList) throws {
        var layout = StateLayout()
        let arenas = try NetworkArenas("network", list, seeds: 1, members: 2, in: &layout)
        let store = try ReferenceBackend().makeState(layout)
        try store.initialize(arenas, list, seeds: [5], network: 0)
        for variable in arenas.parameters.variables {
            let values = try store.floats(variable).map { Double($0) }
            ranges[String(variable.name.dropFirst("network.".count))] =
                try #require(values.min())...#require(values.max())
        }
    }

    subscript(name: String) -> ClosedRange<Double>? { ranges[name] }

    /// That a parameter with many numbers fills U(−bound, bound) to its ends.
    func expect(_ name: String, bound: Double, _ location: Testing.SourceLocation = #_sourceLocation) {
        guard let range = ranges[name] else {
            Issue.record("no parameter '\(name)'", sourceLocation: location)
            return
        }
        let ends = [-range.lowerBound, range.upperBound]
        #expect(
            ends.allSatisfy { $0 <= bound * (1 + 1e-6) } && ends.contains { $0 >= 0.97 * bound },
            "\(name): \(range), bound \(bound)", sourceLocation: location)
    }

    /// That a parameter begins as this number everywhere.
    func expect(_ name: String, constant: Double, _ location: Testing.SourceLocation = #_sourceLocation) {
        let value = Double(Float(constant))
        #expect(ranges[name] == value...value, "\(name)", sourceLocation: location)
    }
}
