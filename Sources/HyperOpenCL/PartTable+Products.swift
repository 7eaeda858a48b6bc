import HyperTensor

extension PartTable {
    /// The record of matmul.cl or dynamic_linear.cl.
    ///
    /// - Parameter tiling: Of matmul.cl, for the call that the product is part of.
    mutating func product(_ launch: MatmulLaunch, tiling: MatmulTiling) throws -> (
        groups: Int, record: Int
    ) {
        let kind: KernelKind = launch.isNarrow ? .dynamicLinear : .matmul
        let program = programs[kind]?.number(of: launch.epilogue) ?? 0
        let inputs = program == 0 ? [] : launch.epilogueInputs
        let matrices = launch.batch.reduce(1, *)
        let operands = [launch.left, launch.right, launch.output] + inputs
        let starts = operands.map(matrixOffsets)
        let offsets = try append((0..<matrices).flatMap { matrix in starts.map { $0[matrix] } })

        let (m, n, k) = (launch.m, launch.n, launch.k)
        var flags = (launch.rectifiesLeft ? 1 : 0) | (launch.rectifiesRight ? 2 : 0)
        let left = strides(launch.left.view), right = strides(launch.right.view)
        let shape: [Int]
        let groups: Int
        if kind == .matmul {
            let columns = (n + tiling.tileN - 1) / tiling.tileN
            let tiles = columns * ((m + tiling.tileM - 1) / tiling.tileM)
            if isVector(left, rows: m, columns: k, starts[0]) { flags |= 4 }
            if isVector(right, rows: k, columns: n, starts[1]) { flags |= 8 }
            shape = [m, n, k, columns, tiles, flags]
            groups = tiles * matrices
        } else {
            // Where the columns of B are contiguous, neighbours compute neighbouring columns; else they share a column.
            let sharesElement = !(right.column == 1 && n >= 32)
            let lanes = Self.lanes(k: k, sharesElement: sharesElement, limit: tuning.groupSize)
            if sharesElement { flags |= 4 }
            let elements = matrices * m * n
            shape = [m, n, k, elements, lanes, flags]
            groups = (elements + tuning.groupSize / lanes - 1) / (tuning.groupSize / lanes)
        }
        func buffer(_ operand: Operand) -> Int { places[operand.value].buffer }
        var record =
            shape + [buffer(launch.left), left.row, left.column, buffer(launch.right), right.row, right.column]
            + [buffer(launch.output), program, inputs.count, offsets]
        for input in inputs {
            let stride = strides(input.view)
            record += [buffer(input), stride.row, stride.column]
        }
        return (groups, try append(record))
    }

    mutating func reduce(
        _ reduction: Reduction, _ outputs: Int, _ length: Int, _ inner: Int, _ input: Operand, _ output: Operand
    ) throws -> (groups: Int, record: Int) {
        let code: Int
        switch reduction {
        case .sum: code = 0
        case .maximum: code = 1
        case .minimum: code = 2
        }
        let lanes = Self.lanes(k: length, sharesElement: inner == 1, limit: tuning.groupSize)
        let slots = tuning.groupSize / lanes
        let record = [outputs, length, inner, lanes, code] + address(input) + address(output)
        return ((outputs + slots - 1) / slots, try append(record))
    }

    mutating func wideSum(
        _ outputs: Int, _ length: Int, _ inner: Int, _ input: Operand, _ output: Operand
    ) throws -> (groups: Int, record: Int) {
        let lanes = Self.lanes(k: length, sharesElement: inner == 1, limit: tuning.groupSize)
        let slots = tuning.groupSize / lanes
        let record = [outputs, length, inner, lanes] + address(input) + address(output)
        return ((outputs + slots - 1) / slots, try append(record))
    }

    mutating func dot(
        _ shape: DotShape, _ left: Operand, _ right: Operand, _ output: Operand
    ) throws -> (groups: Int, record: Int) {
        let record =
            [shape.length, DotShape.pieceLength, shape.pieces] + address(left) + address(right) + address(output)
        return (shape.rows * shape.pieces, try append(record))
    }

    /// Work-items that share an element whose sum has `k` terms: each is to have some to add before they combine.
    private static func lanes(k: Int, sharesElement: Bool, limit: Int) -> Int {
        var lanes = 1
        while lanes * (sharesElement ? 4 : 32) < k, lanes < (sharesElement ? min(64, limit) : 8) { lanes *= 2 }
        return lanes
    }

    private func strides(_ view: View) -> (row: Int, column: Int) {
        let rank = view.shape.count
        return (view.strides[rank - 2], view.strides[rank - 1])
    }

    /// Whether four neighbours along the contiguous axis are always one aligned vector, wholly inside or wholly outside, as matmul.cl says.
    private func isVector(_ stride: (row: Int, column: Int), rows: Int, columns: Int, _ starts: [Int]) -> Bool {
        let (size, other): (Int, Int)
        if stride.column == 1 {
            (size, other) = (columns, stride.row)
        } else if stride.row == 1 {
            (size, other) = (rows, stride.column)
        } else {
            return false
        }
        return size % 4 == 0 && other % 4 == 0 && starts.allSatisfy { $0 % 4 == 0 }
    }

    /// The first element of each matrix of a batch, row-major over the batch axes.
    private func matrixOffsets(_ operand: Operand) -> [Int] {
        let view = operand.view
        var offsets = [places[operand.value].offset + view.offset]
        for axis in 0..<(view.shape.count - 2) {
            offsets = offsets.flatMap { offset in (0..<view.shape[axis]).map { offset + $0 * view.strides[axis] } }
        }
        return offsets
    }
}
