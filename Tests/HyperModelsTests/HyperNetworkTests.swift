import HyperModels
import HyperTensor
import Testing

/// A hypernetwork's dynamic layers as data: names, sizes and initial bounds.
@Suite struct HyperNetworkTests {
    private func parameters(
        hidden: [DynamicLayerSpecification], outputs: [DynamicLayerSpecification],
        initialization: HyperInitialization = .ours
    ) -> ParameterList {
        var architecture = HyperNetwork.Architecture()
        architecture.primary.widths = [16, 48]
        architecture.primary.blocks = 2
        architecture.hidden = hidden
        architecture.initialization = initialization
        var list = ParameterList()
        _ = HyperNetwork(metaSize: 3, baseSize: 7, outputs: outputs, architecture: architecture, in: &list)
        return list
    }

    /// The order of parameters decides what each draws, so it may not change.
    @Test func layersAreNamedAndOrderedFromTheInputOn() {
        let list = parameters(hidden: [.hidden(5), .hidden(6)], outputs: [.output(2), .logDeviation(4)])
        let dynamic = list.specifications.filter { $0.name.hasPrefix("dynamic.") }
        let sizes = [(7, 5), (5, 6), (6, 2), (6, 4)]
        let expected = sizes.enumerated().flatMap { index, size -> [String] in
            [("weight", size.0 * size.1), ("bias", size.1), ("gain", size.1)].flatMap { kind, width in
                [
                    "dynamic.\(index + 1).\(kind)_head.weight [48, \(width)]",
                    "dynamic.\(index + 1).\(kind)_head.bias [\(width)]",
                ]
            }
        }
        #expect(dynamic.map { "\($0.name) \($0.shape)" } == expected)
        let first = list.specifications.firstIndex { $0.name.hasPrefix("dynamic.") }
        #expect(first == list.specifications.count - dynamic.count)
    }

    @Test func everyLayerHasItsBound() throws {
        let ranges = try InitialRanges(
            parameters(
                hidden: [.hidden(20), DynamicLayerSpecification(size: 20, bound: 0.3)],
                outputs: [.output(20), .logDeviation(20)]))
        for (layer, bound) in [(1, 0.05), (2, 0.3), (3, 0.008), (4, 0.001)] {
            for head in ["weight", "bias", "gain"] {
                ranges.expect("dynamic.\(layer).\(head)_head.weight", bound: bound)
                ranges.expect("dynamic.\(layer).\(head)_head.bias", constant: 0)
            }
        }
        let other = try InitialRanges(
            parameters(hidden: [.hidden(20)], outputs: [.logDeviation(20)], initialization: .pytorch))
        other.expect("dynamic.2.weight_head.weight", bound: 1 / 48.0.squareRoot())
        other.expect("dynamic.2.weight_head.bias", bound: 1 / 48.0.squareRoot())
    }

    @Test func oneWidthSetsAllHiddenLayers() {
        var architecture = HyperNetwork.Architecture()
        #expect(architecture.hidden == [.hidden(256)] && architecture.hiddenSize == 256)
        architecture.hidden.append(.hidden(8))
        architecture.hiddenSize = 12
        #expect(architecture.hidden == [.hidden(12), .hidden(12)])
    }
}
