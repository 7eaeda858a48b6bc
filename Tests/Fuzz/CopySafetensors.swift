import Glibc

/// Reads every tensor of the first file and writes the second one, for tools/check-safetensors.
@main
struct CopySafetensors {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count == 3 else {
            print("usage: copy <source> <target>")
            exit(64)
        }
        do {
            let file = try SafetensorsFile(contentsOf: arguments[1])
            let tensors = try file.tensors.map { name, entry in
                SafetensorsTensor(name: name, shape: entry.shape, elements: try elements(of: entry, in: file))
            }
            try SafetensorsWriter.write(tensors, metadata: file.metadata, to: arguments[2])
        } catch {
            print(error)
            exit(65)
        }
    }

    private static func elements(of entry: TensorEntry, in file: SafetensorsFile) throws -> SafetensorsTensor.Elements {
        switch entry.dataType {
        case .float64: .float64(try file.doubles(named: entry.name))
        case .int64: .int64(try file.int64s(named: entry.name))
        case .uint64: .uint64(try file.uint64s(named: entry.name))
        case .float32: .float32(try file.floats(named: entry.name))
        case .int32: .int32(try file.int32s(named: entry.name))
        case .uint32: .uint32(try file.uint32s(named: entry.name))
        case .uint8: .uint8(try file.bytes(named: entry.name))
        }
    }
}
