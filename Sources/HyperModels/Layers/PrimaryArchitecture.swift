/// What a primary network is made of: the paper's ResNet, or a variant of its §D.2.
public struct PrimaryArchitecture: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Residual blocks.
        case resnet
        /// The same layers without the residual sums, and with an activation before every layer but the first.
        case mlp
        /// Dense blocks: what a block's two layers give is appended to their input.
        case dense
    }

    /// Where the width grows from the meta variable's to the latent's.
    public enum Upsampling: String, Hashable, Sendable, CaseIterable {
        /// From stage to stage.
        case gradual
        /// At the first layer; all blocks have the last width.
        case first
    }

    public var kind = Kind.resnet
    /// Width of each stage, at least one; the last is the latent's, which the heads read (the paper's head size).
    public var widths = [256, 512, 1024]
    /// Residual (plain, dense) blocks of two layers in all stages together.
    public var blocks = 6
    public var upsampling = Upsampling.gradual
    public var activation = Activation.relu
    /// Of the layers below the heads.
    public var normalization = Normalization.none

    public init() {}

    /// Width and number of blocks of each stage; blocks that cannot be shared out evenly go to the last stages.
    var stages: [(width: Int, blocks: Int)] {
        let widths = upsampling == .first ? Array(self.widths.suffix(1)) : self.widths
        let (each, rest) = blocks.quotientAndRemainder(dividingBy: widths.count)
        return widths.enumerated().map { ($1, each + ($0 >= widths.count - rest ? 1 : 0)) }
    }

    /// The part of a dense stage's width that each block appends; the stage's first layer gives the rest.
    static func denseGrowth(width: Int, blocks: Int) -> [Int] {
        let total = width / 2
        return (0..<blocks).map { total * ($0 + 1) / blocks - total * $0 / blocks }
    }

    /// Why no network can be made of it; nil if one can.
    public var problem: String? {
        guard kind == .dense else { return nil }
        for stage in stages where Self.denseGrowth(width: stage.width, blocks: stage.blocks).contains(0) {
            return "primary.kind=dense: \(stage.blocks) blocks share half of the width \(stage.width), which is too few"
        }
        return nil
    }
}
