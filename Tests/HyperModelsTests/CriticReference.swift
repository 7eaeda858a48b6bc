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

/// Numbers that both sides compute from a name, so that they need not be stored.
enum HashedNumbers {
    /// Numbers in −1..<1, multiples of 2⁻²³: a hash of the name and the position.
    static func filled(_ name: String, _ count: Int) -> [Double] {
        let key = name.utf8.reduce(UInt32(0x811C_9DC5)) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
        return (0..<UInt32(count)).map { position in
            var hash = position &* 0x9E37_79B1 &+ key
            hash = (hash ^ hash >> 16) &* 0x85EB_CA6B
            hash = (hash ^ hash >> 13) &* 0xC2B2_AE35
            hash ^= hash >> 16
            return Double(hash >> 8) * 0x1p-23 - 1
        }
    }

    /// The value of a parameter or buffer `[members, …]`; `name` without its arena.
    static func start(_ name: String, _ shape: Shape) -> [Double] {
        let x = filled(name, shape.count)
        switch name.split(separator: ".").last {
        case "u", "v":
            let width = shape[shape.rank - 1]
            return stride(from: 0, to: x.count, by: width).flatMap { start -> [Double] in
                let row = x[start..<start + width]
                let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
                return row.map { $0 / norm }
            }
        case "scale", "magnitude", "variance": return x.map { 1 + 0.5 * $0 }
        case "weight": return x.map { $0 * (1.5 / Double(shape[1]).squareRoot()) }
        default: return x.map { 0.5 * $0 }
        }
    }
}
