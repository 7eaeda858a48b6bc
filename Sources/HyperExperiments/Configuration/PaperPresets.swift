/// The off-policy experiments of the paper (§5, appendices B, D and E), made by rules.
///
/// Learning rates, batch sizes and random steps are no part of a preset: the algorithms' defaults for a critic and a task
/// are the paper's (Tables 5 and 7).
public enum PaperPresets {
    /// The tasks by their names in presets. The paper reduces the ant's control cost (its footnote 3).
    public static let environments: KeyValuePairs = [
        "hopper": "Hopper-v2", "walker2d": "Walker2d-v2", "ant": "AntNoControlCost-v2", "halfcheetah": "HalfCheetah-v2",
    ]

    /// The critics in the order of Table 4. The paper reports AS-Hyper and Emb-Hyper for TD3 alone.
    public static let critics = [
        "mlp-standard", "mlp-large", "mlp-small", "resnet-features", "resnet35", "q-d2rl", "as-hyper", "emb-hyper",
        "sa-hyper",
    ]

    /// One change of the paper's hypernetwork.
    struct Variant {
        let name: String
        let summary: String
        let settings: [Preset.Value]

        init(_ name: String, _ summary: String, _ settings: KeyValuePairs<String, String>) {
            self.name = name
            self.summary = summary
            self.settings = settings.map { Preset.Value(key: $0, text: $1) }
        }
    }

    /// The studies of the primary network (D.2) and of its initialisation (D.3, and Beck et al. 2022).
    static let variants = [
        Variant("init-pytorch", "PyTorch's initialisation (Fig. 10, 11)", ["initialization": "pytorch"]),
        Variant("init-bias-hyperinit", "Bias-HyperInit (Beck et al. 2022)", ["initialization": "bias-hyperinit"]),
        Variant("primary-mlp", "a plain MLP as primary network (D.2.1)", ["primary.kind": "mlp"]),
        Variant("primary-dense", "dense blocks in the primary network (D.2.1)", ["primary.kind": "dense"]),
        Variant("head-256", "a head size of 256 (D.2.2)", ["primary.head-size": "256"]),
        Variant("head-512", "a head size of 512 (D.2.2)", ["primary.head-size": "512"]),
        Variant("blocks-4", "4 residual blocks (D.2.2)", ["primary.blocks": "4"]),
        Variant("blocks-5", "5 residual blocks (D.2.2)", ["primary.blocks": "5"]),
        Variant("blocks-7", "7 residual blocks (D.2.2)", ["primary.blocks": "7"]),
        Variant("blocks-8", "8 residual blocks (D.2.2)", ["primary.blocks": "8"]),
        Variant("upsampling-first", "upsampling at the first layer (D.2.2)", ["primary.upsampling": "first"]),
        Variant("norm-weight", "weight normalisation (D.2.3)", ["primary.normalization": "weight"]),
        Variant("norm-spectral", "spectral normalisation (D.2.3)", ["primary.normalization": "spectral"]),
        Variant("norm-batch", "batch normalisation (D.2.3)", ["primary.normalization": "batch"]),
        Variant("elu", "ELU in the primary network (D.2.4)", ["primary.activation": "elu"]),
    ]

    static let all: [Preset] = ["td3", "sac"].flatMap { algorithm in
        environments.flatMap { name, id in
            critics.map { critic in
                Preset(
                    "paper/\(algorithm)/\(name)/\(critic)", "\(algorithm.uppercased()) with \(critic) on \(id)",
                    ["algorithm": algorithm, "environment": id, "critic": critic])
            }
                + variants.map { variant in
                    Preset(
                        "paper/\(algorithm)/\(name)/sa-hyper/\(variant.name)",
                        "\(algorithm.uppercased()) with sa-hyper on \(id): \(variant.summary)",
                        ["algorithm": algorithm, "environment": id, "critic": "sa-hyper"], variant.settings)
                }
        }
    }
}
