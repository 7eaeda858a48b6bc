import CMuJoCo

/// One array or scalar of a compiled model, named as in MuJoCo's mjModel (`body_mass`, `opt.timestep`, `nq`).
struct ModelField: Equatable {
    let name: String
    /// Values in row-major order.
    let values: [Double]
}

extension CompiledModel {
    /// Every field of the model, from the library's own lists. O(size of the model).
    var fields: [ModelField] {
        (0..<cmujoco_field_count(handle)).map { index in
            let field = cmujoco_field_at(handle, index)
            let count = Int(field.rows) * Int(field.columns)
            return ModelField(name: String(cString: field.name), values: Self.doubles(field, count: count))
        }
    }

    private static func doubles(_ field: cmujoco_field, count: Int) -> [Double] {
        guard count > 0, let values = field.values else { return [] }
        switch field.type {
        case CMUJOCO_FIELD_DOUBLE:
            return Array(UnsafeBufferPointer(start: values.assumingMemoryBound(to: Double.self), count: count))
        case CMUJOCO_FIELD_FLOAT:
            return UnsafeBufferPointer(start: values.assumingMemoryBound(to: Float.self), count: count).map(Double.init)
        case CMUJOCO_FIELD_INT:
            return UnsafeBufferPointer(start: values.assumingMemoryBound(to: CInt.self), count: count).map(Double.init)
        case CMUJOCO_FIELD_BYTE:
            return UnsafeBufferPointer(start: values.assumingMemoryBound(to: UInt8.self), count: count).map(Double.init)
        default:
            preconditionFailure(
                "CompiledModel: field \(String(cString: field.name)) has the unknown type \(field.type.rawValue)")
        }
    }
}
