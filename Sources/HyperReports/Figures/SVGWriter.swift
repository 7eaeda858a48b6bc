/// Scalable Vector Graphics, element by element. Lengths are pixels, y grows downwards.
struct SVGWriter {
    private var body = ""
    private let width: Double
    private let height: Double

    init(width: Double, height: Double) {
        self.width = width
        self.height = height
    }

    enum Anchor: String {
        case start, middle, end
    }

    mutating func line(_ from: (x: Double, y: Double), _ to: (x: Double, y: Double), color: String, width: Double) {
        body += "<line x1=\"\(number(from.x))\" y1=\"\(number(from.y))\" x2=\"\(number(to.x))\" y2=\"\(number(to.y))\" "
        body += "stroke=\"\(color)\" stroke-width=\"\(number(width))\"/>\n"
    }

    mutating func polyline(_ points: [(x: Double, y: Double)], style: LineStyle, width: Double = 1.8) {
        let dashes = style.dashes.map(String.init).joined(separator: " ")
        body += "<polyline fill=\"none\" stroke=\"\(style.color)\" stroke-width=\"\(number(width))\" "
        body += "stroke-linejoin=\"round\" \(dashes.isEmpty ? "" : "stroke-dasharray=\"\(dashes)\" ")"
        body += "points=\"\(list(points))\"/>\n"
    }

    mutating func polygon(_ points: [(x: Double, y: Double)], color: String, opacity: Double) {
        body += "<polygon fill=\"\(color)\" fill-opacity=\"\(number(opacity))\" points=\"\(list(points))\"/>\n"
    }

    mutating func circle(_ center: (x: Double, y: Double), radius: Double, color: String) {
        body +=
            "<circle cx=\"\(number(center.x))\" cy=\"\(number(center.y))\" r=\"\(number(radius))\" fill=\"\(color)\"/>\n"
    }

    /// - Parameters:
    ///   - turned: Whether the text reads from the bottom to the top.
    mutating func text(
        _ text: String, at place: (x: Double, y: Double), size: Double, anchor: Anchor = .start,
        color: String = "#222222",
        isBold: Bool = false, turned: Bool = false
    ) {
        let (x, y) = (number(place.x), number(place.y))
        body +=
            "<text x=\"\(x)\" y=\"\(y)\" font-size=\"\(number(size))\" text-anchor=\"\(anchor.rawValue)\" fill=\"\(color)\""
        body += isBold ? " font-weight=\"bold\"" : ""
        body += turned ? " transform=\"rotate(-90 \(x) \(y))\"" : ""
        body += ">\(Self.escaped(text))</text>\n"
    }

    /// Draws what `draw` adds inside a rectangle only.
    mutating func clipped(
        to frame: (x: Double, y: Double, width: Double, height: Double), name: String, _ draw: (inout SVGWriter) -> Void
    ) {
        body += "<clipPath id=\"\(name)\"><rect x=\"\(number(frame.x))\" y=\"\(number(frame.y))\" "
        body += "width=\"\(number(frame.width))\" height=\"\(number(frame.height))\"/></clipPath>\n"
        body += "<g clip-path=\"url(#\(name))\">\n"
        draw(&self)
        body += "</g>\n"
    }

    /// The whole document; `title` is what screen readers say.
    func document(title: String) -> String {
        let (w, h) = (number(width), number(height))
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <svg xmlns="http://www.w3.org/2000/svg" width="\(w)" height="\(h)" viewBox="0 0 \(w) \(h)" \
            font-family="DejaVu Sans, Verdana, Helvetica, Arial, sans-serif" role="img">
            <title>\(Self.escaped(title))</title>
            <rect width="\(w)" height="\(h)" fill="#ffffff"/>
            \(body)</svg>

            """
    }

    static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            // XML has no other control characters.
            case "\t", "\n", "\r": result += " "
            case _ where scalar.value < 32 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: break
            default: result.unicodeScalars.append(scalar)
            }
        }
    }

    /// How wide a text is in DejaVu Sans, about; other fonts of the list are no wider.
    static func width(of text: String, size: Double, isBold: Bool = false) -> Double {
        let units = text.unicodeScalars.reduce(0.0) { sum, scalar in
            switch scalar {
            case "i", "j", "l", "'", "|": sum + 0.28
            case " ", ".", ",", ":", ";", "!", "/", "-", "f", "t", "r", "(", ")", "I": sum + 0.38
            case "m", "M", "w", "W", "%", "±", "−", "–": sum + 0.88
            case "A"..."Z": sum + 0.70
            default: sum + 0.61
            }
        }
        return units * size * (isBold ? 1.12 : 1)
    }

    private func list(_ points: [(x: Double, y: Double)]) -> String {
        points.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
    }

    /// Two decimals are a fiftieth of a hair.
    private func number(_ value: Double) -> String {
        let text = fixed(value, decimals: 2)
        let plain = text.hasPrefix("−") ? "-" + text.dropFirst() : text
        guard plain.hasSuffix("0") else { return plain }
        return plain.hasSuffix(".00") ? String(plain.dropLast(3)) : String(plain.dropLast())
    }
}
