/// How a series looks: a colour that people with any colour vision can tell from the others, and dashes where colours
/// run out.
struct LineStyle: Hashable, Sendable {
    /// `#RRGGBB`.
    let color: String
    /// Lengths of dashes and gaps; empty for a solid line.
    let dashes: [Int]
    /// The nearest of the eight colours of a terminal (ANSI 30–37).
    let terminalColor: Int

    init(_ color: String, dashes: [Int] = [], terminal: Int) {
        self.color = color
        self.dashes = dashes
        terminalColor = terminal
    }

    /// The palette of Okabe and Ito (2008), without its yellow, which hardly shows on white.
    private static let palette = [
        LineStyle("#0072B2", terminal: 34), LineStyle("#D55E00", terminal: 31), LineStyle("#009E73", terminal: 32),
        LineStyle("#CC79A7", terminal: 35), LineStyle("#56B4E9", terminal: 36), LineStyle("#E69F00", terminal: 33),
        LineStyle("#000000", terminal: 37),
    ]
    private static let dashPatterns: [[Int]] = [[], [7, 3], [2, 3], [9, 3, 2, 3]]

    /// The paper's critics look alike in every figure, whichever of them it shows.
    private static let known: [String: LineStyle] = [
        "sa-hyper": palette[1], "mlp-standard": palette[0], "as-hyper": palette[2], "resnet-features": palette[3],
        "mlp-large": palette[4], "mlp-small": palette[5], "resnet35": palette[6],
        "q-d2rl": LineStyle("#0072B2", dashes: [7, 3], terminal: 34),
        "emb-hyper": LineStyle("#D55E00", dashes: [7, 3], terminal: 31),
    ]

    /// A style for each label, no two alike (up to 28).
    static func styles(for labels: [String]) -> [String: LineStyle] {
        let all = dashPatterns.flatMap { dashes in
            palette.map { LineStyle($0.color, dashes: dashes, terminal: $0.terminalColor) }
        }
        var styles = known.filter { labels.contains($0.key) }
        for label in labels where styles[label] == nil {
            let taken = Set(styles.values)
            styles[label] = all.first { !taken.contains($0) } ?? all[styles.count % all.count]
        }
        return styles
    }
}
