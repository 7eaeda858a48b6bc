import Foundation
import HyperFormats
import HyperModels
import HyperReference
import HyperTensor
import Testing

/// One network of Fixtures/critics.safetensors, which tools/make-critic-reference wrote with PyTorch in float64.
struct CriticReference: CustomTestStringConvertible, Sendable {
    /// The prefix of its tensors.
    let name: String
    let kind: CriticKind
    var architecture = HyperNetwork.Architecture()
    var baseline = BaselineArchitecture()
    var stateSize = 5
    var actionSize = 3
    var batch = 7
    /// Whether the fixture holds norm and direction of each gradient instead of all its numbers.
    var isFullSize: Bool { name.hasPrefix("full.") }

    var testDescription: String { name }

    /// Every critic and variant at small sizes.
    static let small: [CriticReference] =
        CriticKind.allCases.map { CriticReference(small: $0.rawValue, $0) { _ in } } + [
            CriticReference(small: "mlp", .saHyper) { $0.kind = .mlp },
            CriticReference(small: "dense", .saHyper) { $0.kind = .dense },
            CriticReference(small: "four-blocks", .saHyper) { $0.blocks = 4 },
            CriticReference(small: "eight-blocks-at-once", .saHyper) {
                $0.blocks = 8
                $0.upsampling = .first
            },
            CriticReference(small: "elu", .saHyper) { $0.activation = .elu },
            CriticReference(small: "weight", .saHyper) { $0.normalization = .weight },
            CriticReference(small: "spectral", .saHyper) { $0.normalization = .spectral },
            CriticReference(small: "batch", .saHyper) { $0.normalization = .batch },
            CriticReference(small: "mlp-batch", .saHyper) {
                $0.kind = .mlp
                $0.normalization = .batch
            },
            CriticReference(small: "dense-batch-elu", .saHyper) {
                $0.kind = .dense
                $0.normalization = .batch
                $0.activation = .elu
            },
            CriticReference(small: "as-batch", .asHyper) { $0.normalization = .batch },
            CriticReference(small: "emb-spectral", .embHyper) { $0.normalization = .spectral },
            CriticReference(small: "features-weight", .resNetFeatures) {
                $0.normalization = .weight
                $0.upsampling = .first
            },
        ]

    /// Every critic at the paper's sizes, for HalfCheetah.
    static let fullSize: [CriticReference] = CriticKind.allCases.map { CriticReference(full: $0) }

    private init(small name: String, _ kind: CriticKind, _ change: (inout PrimaryArchitecture) -> Void) {
        self.name = name
        self.kind = kind
        architecture.primary.widths = [4, 6, 8]
        architecture.hiddenSize = 5
        baseline.hiddenSize = 6
        baseline.largeHiddenSize = 9
        baseline.residualBlocks = 5
        baseline.featureCount = 4
        change(&architecture.primary)
    }

    private init(full kind: CriticKind) {
        name = "full.\(kind.rawValue)"
        self.kind = kind
        stateSize = 17
        actionSize = 6
        batch = 3
    }

    var critic: any Critic {
        kind.makeCritic(
            stateSize: stateSize, actionSize: actionSize, architecture: architecture, baseline: baseline)
    }

    /// The fixture of all cases.
    static func file() throws -> SafetensorsFile {
        let path = try #require(
            Bundle.module.path(forResource: "critics", ofType: "safetensors", inDirectory: "Fixtures"))
        return try SafetensorsFile(contentsOf: path)
    }
}
