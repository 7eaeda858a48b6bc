import Glibc

/// Sizes of the caches that one core sees, in bytes.
struct CacheSizes: Hashable {
    var first = 32 << 10
    var second = 512 << 10
    var third = 8 << 20

    /// What the system tells of core 0; usual sizes where it tells nothing.
    static var ofThisMachine: CacheSizes {
        var sizes = CacheSizes()
        for index in 0..<8 {
            let folder = "/sys/devices/system/cpu/cpu0/cache/index\(index)"
            guard let type = line(of: "\(folder)/type"), type != "Instruction",
                let level = line(of: "\(folder)/level"), let size = line(of: "\(folder)/size").flatMap(bytes)
            else { continue }
            switch level {
            case "1": sizes.first = size
            case "2": sizes.second = size
            case "3": sizes.third = size
            default: break
            }
        }
        return sizes
    }

    /// `48K` or `32M` in bytes.
    static func bytes(_ text: String) -> Int? {
        switch text.last {
        case "K": return Int(text.dropLast()).map { $0 << 10 }
        case "M": return Int(text.dropLast()).map { $0 << 20 }
        default: return Int(text)
        }
    }

    private static func line(of path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 64)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        return String(decoding: line.prefix { $0 != 0 && $0 != 10 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
