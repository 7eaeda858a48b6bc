import Glibc

/// Any bytes as a safetensors file: an error, or tensors that lie in the file, can all be read, and survive being
/// written and read again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSafetensors(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // A file in memory, since the reader reads files.
    let path = "/dev/shm/hyperrl-fuzz-\(getpid()).safetensors"
    write(UnsafeRawBufferPointer(start: start, count: count), to: path)
    guard let file = try? SafetensorsFile(contentsOf: path) else { return 0 }
    var copies: [SafetensorsTensor] = []
    for (name, entry) in file.tensors {
        var bytes = [UInt8](repeating: 0, count: entry.byteRange.count)
        do { try bytes.withUnsafeMutableBytes { try file.read(name, into: $0) } } catch {
            fatalError("an accepted tensor cannot be read: \(error)")
        }
        let contents = bytes
        copies.append(
            SafetensorsTensor(
                name: name, shape: entry.shape,
                elements: .stream(entry.dataType, count: entry.elementCount) { write in
                    try contents.withUnsafeBytes { try write($0) }
                }))
    }
    do {
        try SafetensorsWriter.write(copies, metadata: file.metadata, to: path)
        let again = try SafetensorsFile(contentsOf: path)
        guard Set(again.names) == Set(file.names), again.metadata == file.metadata else {
            fatalError("names or metadata were lost: \(file.names), then \(again.names)")
        }
        for copy in copies {
            let entry = try again.entry(named: copy.name, shape: copy.shape)
            var bytes = [UInt8](repeating: 0, count: entry.byteRange.count)
            try bytes.withUnsafeMutableBytes { try again.read(copy.name, into: $0) }
            guard case .stream(let dataType, _, let source) = copy.elements, dataType == entry.dataType else {
                fatalError("tensor \(copy.name) came back as \(entry.dataType)")
            }
            try source { expected in
                guard expected.elementsEqual(bytes) else {
                    fatalError("tensor \(copy.name) came back with other bytes")
                }
            }
        }
    } catch {
        fatalError("an accepted file cannot be written again: \(error)")
    }
    return 0
}

private func write(_ bytes: UnsafeRawBufferPointer, to path: String) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { fatalError("\(path) cannot be opened: errno \(errno)") }
    defer { close(descriptor) }
    guard Glibc.write(descriptor, bytes.baseAddress, bytes.count) == bytes.count else {
        fatalError("\(path) cannot be written: errno \(errno)")
    }
}
