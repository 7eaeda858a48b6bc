import HyperModels

extension Setting {
    /// Settings of a critic's networks, for every algorithm that has critics (paper, §D.2, §D.3).
    ///
    /// - Parameters:
    ///   - critic, hyper, baseline: Where the configuration keeps them.
    static func criticNetwork(
        critic: KeyPath<Configuration, CriticKind>,
        hyper: WritableKeyPath<Configuration, HyperNetwork.Architecture>,
        baseline: WritableKeyPath<Configuration, BaselineArchitecture>
    ) -> [Setting] {
        let primary = hyper.appending(path: \.primary)
        func only(
            _ owners: @escaping (CriticKind) -> Bool, _ settings: [Setting]
        ) -> [Setting] {
            let names = CriticKind.allCases.filter(owners).map(\.rawValue).joined(separator: ", ")
            return settings.map { setting in
                setting.unless { configuration in
                    let kind = configuration[keyPath: critic]
                    return owners(kind) ? nil : "the critic \(kind.rawValue) has nothing of the kind; \(names) have it"
                }
            }
        }
        return only(
            \.isHyperNetwork,
            [
                .choice("initialization", hyper.appending(path: \.initialization), "Initialisation of a hypernetwork."),
                .integer(
                    "dynamic.hidden-size", hyper.appending(path: \.hiddenSize), 1...8192,
                    "Width of the hidden layer whose weights are generated."),
                .number(
                    "primary.initial-factor", hyper.appending(path: \.primaryFactor), 0...100,
                    "With 'ours', primary weights begin within this over the root of their inputs."),
            ])
            + only(
                \.hasPrimaryNetwork,
                [
                    .choice("primary.kind", primary.appending(path: \.kind), "What the primary network is built of."),
                    .integer(
                        "primary.blocks", primary.appending(path: \.blocks), 1...64, unit: .blocks,
                        "Blocks of two layers in the primary network; the paper tried 4 to 8."),
                    .integers(
                        "primary.widths", primary.appending(path: \.widths), 2...8192, count: 1...8,
                        "Widths of the primary network's stages; the last is the head size."),
                    .headSize("primary.head-size", primary.appending(path: \.widths)),
                    .choice(
                        "primary.upsampling", primary.appending(path: \.upsampling),
                        "Where the primary network widens: stage by stage or at its first layer."),
                    .choice("primary.activation", primary.appending(path: \.activation), "Between primary layers."),
                    .choice(
                        "primary.normalization", primary.appending(path: \.normalization),
                        "Normalisation in the primary network."),
                ])
            + only({ !$0.isHyperNetwork }, [.hiddenSize("critic.hidden-size", critic: critic, baseline)])
            + only(
                { $0 == .resNet35 },
                [
                    .integer(
                        "critic.residual-blocks", baseline.appending(path: \.residualBlocks), 1...512, unit: .blocks,
                        "Residual blocks of the critic resnet35.")
                ])
            + only(
                { $0 == .resNetFeatures },
                [
                    .integer(
                        "features", baseline.appending(path: \.featureCount), 1...4096, unit: .features,
                        "State features of the critic resnet-features.")
                ])
    }

    /// The width of a conventional critic's hidden layers; mlp-large has one of its own.
    private static func hiddenSize(
        _ name: String, critic: KeyPath<Configuration, CriticKind>,
        _ baseline: WritableKeyPath<Configuration, BaselineArchitecture>
    ) -> Setting {
        func path(_ configuration: Configuration) -> WritableKeyPath<Configuration, Int> {
            baseline.appending(path: configuration[keyPath: critic] == .mlpLarge ? \.largeHiddenSize : \.hiddenSize)
        }
        return .integer(
            name, 1...65536, "Width of the hidden layers of a critic that is no hypernetwork.", at: path)
    }

    /// The last of the widths; the widths before it are cut down to it.
    private static func headSize(_ name: String, _ path: WritableKeyPath<Configuration, [Int]>) -> Setting {
        Setting(
            name, .integer(2...8192), "Size of the latent that a hypernetwork's heads read; cuts larger widths to it.",
            get: { .integer($0[keyPath: path].last ?? 0) },
            put: { configuration, value in
                guard case .integer(let size) = value else { return }
                configuration[keyPath: path] =
                    configuration[keyPath: path].dropLast().map { min($0, size) } + [size]
            }
        ).asShorthand()
    }
}

extension CriticKind {
    /// - Throws: `SettingError.conflict` if no critic of this kind can be made and trained so.
    func validate(_ architecture: HyperNetwork.Architecture, batchSize: Int) throws(SettingError) {
        guard hasPrimaryNetwork else { return }
        if let problem = architecture.primary.problem { throw SettingError.conflict("Setting \(problem).") }
        guard architecture.primary.normalization == .batch else { return }
        if self == .embHyper {
            throw SettingError.conflict(
                "Setting primary.normalization=batch: the meta variable of emb-hyper is the same for a whole batch, "
                    + "which normalises to nothing; choose another critic or normalisation.")
        }
        if batchSize < 2 {
            throw SettingError.conflict(
                "Setting primary.normalization=batch: batches of one transition have no variance; raise batch-size.")
        }
    }
}
