/// Draws a figure with braille dots, for a look without leaving the terminal.
public struct TerminalPlot {
    private let figure: Figure
    private let width: Int
    private let hasColor: Bool
    private let styles: [String: LineStyle]
    /// Text lines of a panel's area.
    private static let height = 16

    /// - Parameters:
    ///   - width: Characters per line, at least 40.
    ///   - hasColor: Whether lines are told apart by colour; by letters in any case.
    public init(_ figure: Figure, width: Int, hasColor: Bool) {
        self.figure = figure
        self.width = max(width, 40)
        self.hasColor = hasColor
        styles = LineStyle.styles(for: figure.labels)
    }

    /// The picture with a line end after each line.
    public var text: String {
        var lines = [figure.title, figure.subtitle].filter { !$0.isEmpty }
        lines.append(
            figure.labels.enumerated().map { "\(Self.letter($0)) \(painted($1, $1))" }.joined(separator: "   "))
        for panel in figure.panels { lines += [""] + draw(panel) }
        return (lines + (figure.notes.isEmpty ? [] : [""]) + figure.notes).map { $0 + "\n" }.joined()
    }

    private func painted(_ text: String, _ label: String?) -> String {
        guard hasColor, let label, let style = styles[label] else { return text }
        return "\u{1B}[\(style.terminalColor)m\(text)\u{1B}[0m"
    }

    /// A letter for each series, in the order of the legend.
    private static func letter(_ index: Int) -> Character {
        Character(Unicode.Scalar(UInt8(ascii: "a") + UInt8(index % 26)))
    }

    private struct Cell {
        /// Bits of the braille pattern.
        var dots: UInt8 = 0
        var label: String?
        var letter: Character?
    }

    private func draw(_ panel: Figure.Panel) -> [String] {
        guard let ranges = panel.dataRanges else { return ["\(panel.title): no data"] }
        let yTicks = AxisTicks(ranges.y, count: 4, padding: 0.04)
        let xTicks = AxisTicks(ranges.x, count: max(2, width / 16))
        let (xs, ys) = (xTicks.range, yTicks.range)
        let labelWidth = (yTicks.labels.map(\.count).max() ?? 0) + 1
        let columns = width - labelWidth - 2
        var cells = [[Cell]](repeating: [Cell](repeating: Cell(), count: columns), count: Self.height)
        func dot(_ x: Double, _ y: Double) -> (x: Int, y: Int) {
            let right = (x - xs.lowerBound) / (xs.upperBound - xs.lowerBound) * Double(columns * 2 - 1)
            let down = (ys.upperBound - y) / (ys.upperBound - ys.lowerBound) * Double(Self.height * 4 - 1)
            return (
                min(max(Int(right.rounded()), 0), columns * 2 - 1),
                min(max(Int(down.rounded()), 0), Self.height * 4 - 1)
            )
        }
        for series in panel.series {
            let points = series.points.filter { $0.x.isFinite && $0.y.isFinite }.map { dot($0.x, $0.y) }
            for (index, point) in points.enumerated() {
                Self.draw(from: index > 0 ? points[index - 1] : point, to: point, series.label, &cells)
            }
            if let last = points.last, let index = figure.labels.firstIndex(of: series.label) {
                cells[last.y / 4][last.x / 2].letter = Self.letter(index)
                cells[last.y / 4][last.x / 2].label = series.label
            }
        }
        var rows = panel.title.isEmpty ? [] : [panel.title]
        rows.append(panel.yLabel)
        for (row, line) in cells.enumerated() {
            let tick = yTicks.values.firstIndex { dot(xs.lowerBound, $0).y / 4 == row }
            let label = tick.map { yTicks.labels[$0] } ?? ""
            let text = line.map { cell in
                let character = cell.letter ?? Character(Unicode.Scalar(0x2800 + UInt32(cell.dots)) ?? " ")
                return painted(String(character), cell.label)
            }
            rows.append(
                String(repeating: " ", count: labelWidth - label.count) + label + (tick == nil ? " │" : " ┤")
                    + text.joined())
        }
        rows.append(String(repeating: " ", count: labelWidth + 1) + "└" + String(repeating: "─", count: columns))
        var axis = [Character](repeating: " ", count: width)
        for (value, label) in zip(xTicks.values, xTicks.labels) {
            let center = labelWidth + 2 + dot(value, ys.lowerBound).x / 2
            let start = min(max(center - label.count / 2, 0), width - label.count)
            guard axis[max(start - 1, 0)..<start + label.count].allSatisfy({ $0 == " " }) else { continue }
            axis.replaceSubrange(start..<start + label.count, with: label)
        }
        while axis.last == " " { axis.removeLast() }
        rows.append(String(axis))
        rows.append(String(repeating: " ", count: max(0, (width - panel.xLabel.count) / 2)) + panel.xLabel)
        return rows
    }

    /// Sets the dots of a straight line (Bresenham).
    private static func draw(
        from start: (x: Int, y: Int), to end: (x: Int, y: Int), _ label: String, _ cells: inout [[Cell]]
    ) {
        let (dx, dy) = (abs(end.x - start.x), -abs(end.y - start.y))
        let (stepX, stepY) = (start.x < end.x ? 1 : -1, start.y < end.y ? 1 : -1)
        var (x, y, error) = (start.x, start.y, dx + dy)
        while true {
            // Dots 1, 2, 3, 7 run down the left column of a braille cell, 4, 5, 6, 8 down the right one.
            let bits: [[UInt8]] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]]
            cells[y / 4][x / 2].dots |= bits[x % 2][y % 4]
            cells[y / 4][x / 2].label = label
            if x == end.x && y == end.y { return }
            let doubled = 2 * error
            if doubled >= dy {
                error += dy
                x += stepX
            }
            if doubled <= dx {
                error += dx
                y += stepY
            }
        }
    }
}
