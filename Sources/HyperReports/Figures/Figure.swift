import HyperFormats

/// A picture of one or more panels that share a legend; what `SVGFigure` and `TerminalPlot` draw.
public struct Figure: Sendable {
    public var title: String
    /// What the lines and bands are, under the title.
    public var subtitle: String
    public var panels: [Panel]
    /// Small print at the foot, a line each.
    public var notes: [String]

    public init(title: String, subtitle: String, panels: [Panel], notes: [String] = []) {
        self.title = title
        self.subtitle = subtitle
        self.panels = panels
        self.notes = notes
    }

    /// One coordinate system.
    public struct Panel: Sendable {
        /// Empty if the figure has a single panel.
        public var title: String
        /// The axes' quantities with their units.
        public var xLabel: String
        public var yLabel: String
        public var series: [Series]

        public init(title: String = "", xLabel: String, yLabel: String, series: [Series]) {
            self.title = title
            self.xLabel = xLabel
            self.yLabel = yLabel
            self.series = series
        }
    }

    /// One line, with a band if its points have ends. Series of the same label look alike in every panel.
    public struct Series: Sendable {
        public var label: String
        public var points: [Point]
        /// Whether the value holds from one point to the next, as in a histogram.
        public var isStepped: Bool

        public init(label: String, points: [Point], isStepped: Bool = false) {
            self.label = label
            self.points = points
            self.isStepped = isStepped
        }
    }

    public struct Point: Hashable, Sendable {
        public var x: Double
        public var y: Double
        /// The ends of the band.
        public var band: ClosedRange<Double>?

        public init(x: Double, y: Double, band: ClosedRange<Double>? = nil) {
            self.x = x
            self.y = y
            self.band = band
        }
    }

    /// The labels of all series, in the order of their first appearance.
    public var labels: [String] { distinct(panels.flatMap(\.series).map(\.label)) }

    /// The numbers of the figure: a row for each point, columns `panel`, `series`, `x`, `y`, `lower`, `upper`.
    ///
    /// - Throws: `FileWriteError`.
    public func writeData(to path: String) throws {
        var text = "panel,series,x,y,lower,upper\n"
        for panel in panels {
            for series in panel.series {
                for point in series.points {
                    let fields: [CSVField] = [
                        .text(panel.title), .text(series.label), .double(point.x), .double(point.y),
                        point.band.map { .double($0.lowerBound) } ?? .missing,
                        point.band.map { .double($0.upperBound) } ?? .missing,
                    ]
                    text += fields.map(\.text).joined(separator: ",") + "\n"
                }
            }
        }
        try AtomicFile.write(text, to: path)
    }
}

extension Figure.Panel {
    /// The ranges that all points and bands lie in; nil without any finite point.
    var dataRanges: (x: ClosedRange<Double>, y: ClosedRange<Double>)? {
        let points = series.flatMap(\.points).filter { $0.x.isFinite && $0.y.isFinite }
        let ys = points.flatMap { [$0.y, $0.band?.lowerBound ?? $0.y, $0.band?.upperBound ?? $0.y] }.filter(\.isFinite)
        guard let left = points.map(\.x).min(), let right = points.map(\.x).max(), let low = ys.min(),
            let high = ys.max()
        else { return nil }
        // Training begins at zero, whatever the first evaluation's step.
        return ((left > 0 && left < right / 4 ? 0 : left)...right, low...high)
    }
}
