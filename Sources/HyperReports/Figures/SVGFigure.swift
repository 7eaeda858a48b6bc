/// Draws a figure as SVG: title, legend, panels in rows of two, notes.
public struct SVGFigure {
    private let figure: Figure
    private let styles: [String: LineStyle]

    private static let margin = 18.0
    private static let legendLine = 20.0
    private static let noteLine = 15.0
    /// Sizes of a panel with its labels: a lone one is larger.
    private static let lonePanel = (width: 744.0, height: 400.0)
    private static let smallPanel = (width: 430.0, height: 300.0)
    /// Room for the labels around a panel's axes.
    private static let inset = (left: 74.0, right: 20.0, top: 30.0, bottom: 52.0)
    private static let (grid, axis, pale) = ("#e4e4e4", "#444444", "#555555")

    public init(_ figure: Figure) {
        self.figure = figure
        styles = LineStyle.styles(for: figure.labels)
    }

    /// The document's text.
    public var text: String {
        let panels = figure.panels
        let size = panels.count == 1 ? Self.lonePanel : Self.smallPanel
        let columns = panels.count == 1 ? 1 : 2
        let rows = (panels.count + columns - 1) / columns
        let width = Self.margin * 2 + Double(columns) * size.width
        let legend = legendRows(width: width - 2 * Self.margin)
        let titles = lines(figure.title, size: 16, width: width, isBold: true)
        let subtitles = lines(figure.subtitle, size: 12, width: width)
        let notes = figure.notes.flatMap { lines($0, size: 11, width: width) }
        let headHeight = 14 + 22 * Double(titles.count) + 17 * Double(subtitles.count)
        let legendHeight = Double(legend.count) * Self.legendLine + 10
        let panelTop = headHeight + legendHeight
        let noteTop = panelTop + Double(rows) * size.height
        let height = noteTop + Double(notes.count) * Self.noteLine + 14
        var writer = SVGWriter(width: width, height: height)
        var y = 14.0
        for line in titles {
            y += 20
            writer.text(line, at: (Self.margin, y), size: 16, isBold: true)
        }
        for line in subtitles {
            y += 18
            writer.text(line, at: (Self.margin, y), size: 12, color: Self.pale)
        }
        draw(legend, top: headHeight + 6, &writer)
        for (index, panel) in panels.enumerated() {
            let left = Self.margin + Double(index % columns) * size.width
            let top = panelTop + Double(index / columns) * size.height
            draw(panel, index, frame: (left, top, size.width, size.height), &writer)
        }
        for (index, note) in notes.enumerated() {
            writer.text(
                note, at: (Self.margin, noteTop + Double(index + 1) * Self.noteLine), size: 11, color: Self.pale)
        }
        return writer.document(title: figure.title)
    }

    // MARK: Words

    /// A text in lines that fit the figure, broken at spaces.
    private func lines(_ text: String, size: Double, width: Double, isBold: Bool = false) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            let longer = lines.last.map { "\($0) \(word)" }
            if let longer, SVGWriter.width(of: longer, size: size, isBold: isBold) <= width - 2 * Self.margin {
                lines[lines.count - 1] = longer
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }

    private typealias LegendEntry = (label: String, x: Double)

    /// The labels in rows, each with the place where its sample line begins.
    private func legendRows(width: Double) -> [[LegendEntry]] {
        var rows: [[LegendEntry]] = []
        var x = Double.infinity
        for label in figure.labels {
            let needed = 34 + SVGWriter.width(of: label, size: 12) + 18
            if x + needed > width {
                rows.append([])
                x = 0
            }
            rows[rows.count - 1].append((label, Self.margin + x))
            x += needed
        }
        return rows
    }

    private func draw(_ legend: [[LegendEntry]], top: Double, _ writer: inout SVGWriter) {
        for (row, entries) in legend.enumerated() {
            let y = top + (Double(row) + 0.5) * Self.legendLine
            for entry in entries {
                let style = style(entry.label)
                writer.polygon(
                    [(entry.x, y - 5), (entry.x + 28, y - 5), (entry.x + 28, y + 5), (entry.x, y + 5)],
                    color: style.color, opacity: 0.15)
                writer.polyline([(entry.x, y), (entry.x + 28, y)], style: style, width: 2.2)
                writer.text(entry.label, at: (entry.x + 34, y + 4.5), size: 12)
            }
        }
    }

    private func style(_ label: String) -> LineStyle { styles[label] ?? LineStyle("#000000", terminal: 37) }

    // MARK: Panels

    private typealias Frame = (x: Double, y: Double, width: Double, height: Double)

    private func draw(_ panel: Figure.Panel, _ index: Int, frame: Frame, _ writer: inout SVGWriter) {
        let inner: Frame = (
            frame.x + Self.inset.left, frame.y + Self.inset.top, frame.width - Self.inset.left - Self.inset.right,
            frame.height - Self.inset.top - Self.inset.bottom
        )
        let middle = inner.x + inner.width / 2
        writer.text(panel.title, at: (middle, frame.y + 18), size: 13, anchor: .middle, isBold: true)
        guard let ranges = panel.dataRanges else {
            writer.text(
                "no data", at: (middle, inner.y + inner.height / 2), size: 13, anchor: .middle, color: Self.pale)
            return
        }
        let xTicks = AxisTicks(ranges.x, count: frame.width > 500 ? 8 : 5)
        let yTicks = AxisTicks(ranges.y, count: 6, padding: 0.04)
        let (xs, ys) = (xTicks.range, yTicks.range)
        func place(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
            (
                inner.x + (x - xs.lowerBound) / (xs.upperBound - xs.lowerBound) * inner.width,
                inner.y + inner.height - (y - ys.lowerBound) / (ys.upperBound - ys.lowerBound) * inner.height
            )
        }
        for (value, label) in zip(yTicks.values, yTicks.labels) {
            let y = place(xs.lowerBound, value).y
            writer.line((inner.x, y), (inner.x + inner.width, y), color: Self.grid, width: 1)
            writer.text(label, at: (inner.x - 7, y + 4), size: 11, anchor: .end, color: Self.axis)
        }
        for (value, label) in zip(xTicks.values, xTicks.labels) {
            let x = place(value, ys.lowerBound).x
            writer.line((x, inner.y + inner.height), (x, inner.y + inner.height + 4), color: Self.axis, width: 1)
            writer.text(
                label, at: (x, inner.y + inner.height + 18), size: 11, anchor: .middle, color: Self.axis)
        }
        writer.line((inner.x, inner.y), (inner.x, inner.y + inner.height), color: Self.axis, width: 1)
        writer.line(
            (inner.x, inner.y + inner.height), (inner.x + inner.width, inner.y + inner.height), color: Self.axis,
            width: 1)
        writer.text(panel.xLabel, at: (middle, inner.y + inner.height + 38), size: 12, anchor: .middle)
        writer.text(
            panel.yLabel, at: (frame.x + 14, inner.y + inner.height / 2), size: 12, anchor: .middle, turned: true)
        writer.clipped(to: (inner.x, inner.y - 1, inner.width + 2, inner.height + 2), name: "panel\(index)") { writer in
            for series in panel.series { drawBands(series, place, &writer) }
            for series in panel.series { drawLines(series, place, &writer) }
        }
    }

    private typealias Place = (Double, Double) -> (x: Double, y: Double)

    private func drawBands(_ series: Figure.Series, _ place: Place, _ writer: inout SVGWriter) {
        for part in parts(series) where part.count > 1 {
            let banded = part.compactMap { point in point.band.map { (x: point.x, band: $0) } }
            guard banded.count == part.count else { continue }
            writer.polygon(
                banded.map { place($0.x, $0.band.upperBound) }
                    + banded.reversed().map { place($0.x, $0.band.lowerBound) },
                color: style(series.label).color, opacity: 0.15)
        }
    }

    private func drawLines(_ series: Figure.Series, _ place: Place, _ writer: inout SVGWriter) {
        let style = style(series.label)
        for part in parts(series) {
            if part.count == 1 {
                writer.circle(place(part[0].x, part[0].y), radius: 3, color: style.color)
                if let band = part[0].band {
                    writer.line(
                        place(part[0].x, band.lowerBound), place(part[0].x, band.upperBound), color: style.color,
                        width: 1)
                }
            } else if series.isStepped {
                var corners: [(x: Double, y: Double)] = []
                for (point, next) in zip(part, part.dropFirst() + [part[part.count - 1]]) {
                    corners += [place(point.x, point.y), place(next.x, point.y)]
                }
                writer.polyline(corners, style: style)
            } else {
                writer.polyline(part.map { place($0.x, $0.y) }, style: style)
            }
        }
    }

    /// The series cut where a value is not finite.
    private func parts(_ series: Figure.Series) -> [[Figure.Point]] {
        series.points.split { !$0.x.isFinite || !$0.y.isFinite }.map(Array.init)
    }
}
