import Glibc

/// Any bytes through the JSON parser: a value or an error, and a value reads back as itself.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJSON(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let value = try? JSONValue(parsing: bytes) else { return 0 }
    for text in [value.jsonText, value.indentedJSONText] {
        guard let again = try? JSONValue(parsing: Array(text.utf8)), again == value else {
            fatalError("a value reads back as another one: \(text)")
        }
    }
    return 0
}
