import HyperTensor

/// Indexed rows. A table is `[R…, N, D]`, indices are `[R…, B]`, rows are `[R…, B, D]`.
extension ReferenceValue {
    /// The rows of this table at `indices`, which are clamped to `0..<N`.
    func gathered(_ indices: ReferenceValue) -> [Double] {
        let layout = RowLayout(table: shape, indices: indices.shape)
        var result: [Double] = []
        result.reserveCapacity(indices.values.count * layout.width)
        for (position, index) in indices.values.enumerated() {
            let start = layout.clampedStart(position, index)
            result += values[start..<start + layout.width]
        }
        return result
    }

    /// These rows added, in row order, into zeros of `table` at `indices`, which are clamped to `0..<N`.
    func scatterAdded(_ indices: ReferenceValue, into table: Shape) -> [Double] {
        let layout = RowLayout(table: table, indices: indices.shape)
        var result = [Double](repeating: 0, count: table.count)
        for (position, index) in indices.values.enumerated() {
            let start = layout.clampedStart(position, index)
            for column in 0..<layout.width { result[start + column] += values[position * layout.width + column] }
        }
        return result
    }

    /// This table with rows overwritten in row order; an index outside `0..<N` writes nothing.
    func replacingRows(with rows: ReferenceValue, at indices: ReferenceValue) -> [Double] {
        let layout = RowLayout(table: shape, indices: indices.shape)
        var result = values
        for (position, index) in indices.values.enumerated() where (0..<Double(layout.count)).contains(index) {
            let start = layout.clampedStart(position, index)
            for column in 0..<layout.width { result[start + column] = rows.values[position * layout.width + column] }
        }
        return result
    }
}

/// Where the rows of a table lie.
private struct RowLayout {
    /// N, the rows of each replica's table.
    let count: Int
    /// D, the elements of a row.
    let width: Int
    /// B, the indices of each replica.
    private let indicesPerReplica: Int

    init(table: Shape, indices: Shape) {
        count = table[table.rank - 2]
        width = table[table.rank - 1]
        indicesPerReplica = indices[indices.rank - 1]
    }

    /// The first element of the row that the index at `position` of all indices names.
    func clampedStart(_ position: Int, _ index: Double) -> Int {
        let row = min(max(Int(index), 0), count - 1)
        return (position / indicesPerReplica * count + row) * width
    }
}
