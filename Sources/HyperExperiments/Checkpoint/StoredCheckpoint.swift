import HyperAgents
import HyperFormats
import HyperProbes
import HyperTensor

/// A checkpoint on disk. Opening it checks the manifest; `verify()` checks every file before anything is loaded.
struct StoredCheckpoint: Sendable {
    let files: SeedFolder
    let kind: SeedFolder.Kind
    let manifest: Manifest

    private var folder: String { files.checkpoint(manifest.step, kind) }
    /// The file with the tensors.
    var statePath: String { "\(folder)/\(kind == .step ? Manifest.stateName : Manifest.weightsName)" }

    /// Opens a checkpoint of a run.
    ///
    /// - Throws: `FormatError` if the manifest is damaged or belongs to another run, seed, step or configuration.
    init(_ files: SeedFolder, step: Int, kind: SeedFolder.Kind = .step, run: RunDescription, seed: UInt32) throws {
        self.files = files
        self.kind = kind
        let path = "\(files.checkpoint(step, kind))/\(Manifest.name)"
        manifest = try Manifest(contentsOf: path)
        func check(_ what: String, _ found: String, _ expected: String) throws {
            guard found == expected else {
                throw FormatError(path: path, problem: "is of \(what) \(found), not \(expected)")
            }
        }
        try check("run", manifest.run, run.identity)
        try check("seed", "\(manifest.seed)", "\(seed)")
        try check("step", "\(manifest.step)", "\(step)")
        guard run.configuration.agrees(with: manifest.configuration) else {
            throw FormatError(path: path, problem: "is of another configuration than run.json's")
        }
        guard kind == .best || (manifest.progress != nil && manifest.evaluations != nil) else {
            throw FormatError(path: path, problem: "names no logs")
        }
    }

    /// Compares every file with the manifest.
    ///
    /// - Throws: `FormatError` with the first file that differs.
    func verify() throws {
        try verifyState()
        if let progress = manifest.progress { try verify(files.progress, progress, isPrefix: true) }
        if let evaluations = manifest.evaluations { try verify(files.evaluations, evaluations, isPrefix: true) }
        for table in ProbeKind.allTables {
            guard let receipt = manifest.probeTables[table.name] else { continue }
            try verify(files.table(table), receipt, isPrefix: true)
        }
        for (name, pool) in manifest.pools.sorted(by: { $0.key < $1.key }) {
            for (offset, receipt) in pool.segments.enumerated() {
                try verify(files.segment(pool.firstSegment + offset, of: name), receipt)
            }
        }
    }

    /// Compares the file with the tensors alone: enough to use its weights.
    func verifyState() throws { try verify(statePath, manifest.state) }

    /// - Parameter isPrefix: Whether the file may have grown since.
    private func verify(_ path: String, _ receipt: FileReceipt, isPrefix: Bool = false) throws {
        guard let size = Folder.fileSize(path) else { throw FormatError(path: path, problem: "is missing") }
        guard isPrefix ? size >= receipt.byteCount : size == receipt.byteCount else {
            throw FormatError(
                path: path,
                problem: "holds \(size) bytes, the manifest of step \(manifest.step) says \(receipt.byteCount)")
        }
        let found = try SHA256.receipt(ofFile: path, byteCount: receipt.byteCount)
        guard found.sha256 == receipt.sha256 else {
            throw FormatError(
                path: path,
                problem: "is damaged: sha256 \(found.sha256.prefix(12))…, "
                    + "the manifest of step \(manifest.step) says \(receipt.sha256.prefix(12))…")
        }
    }
}

extension StoredCheckpoint {
    /// Counters, environment and logs.
    ///
    /// - Throws: `FormatError`.
    func readValues() throws -> SavedValues {
        let file = try SafetensorsFile(contentsOf: statePath)
        var values = SavedValues()
        for (name, entry) in file.tensors {
            switch entry.dataType {
            case .int64: values[name] = .integers(try file.int64s(named: name).map { Int($0) })
            case .float64: values[name] = .doubles(try file.doubles(named: name))
            case .float32, .int32, .uint8, .uint32, .uint64: break
            }
        }
        for (key, text) in file.metadata where key.hasPrefix(SavedTensors.textPrefix) {
            values[String(key.dropFirst(SavedTensors.textPrefix.count))] = .text(text)
        }
        return values
    }

    /// Copies the tensors of the seed into an agent's state.
    ///
    /// - Parameters:
    ///   - position: The seed's, on the variables' first axis.
    ///   - seedCount: Size of that axis.
    /// - Throws: `FormatError`; shapes are checked before anything is written.
    func load(_ arenas: [Arena], into state: any StateStore, position: Int, seedCount: Int) throws {
        let file = try SafetensorsFile(contentsOf: statePath)
        let variables = arenas.flatMap(\.variables)
        for variable in variables {
            let entry = try file.entry(named: variable.name, shape: Array(variable.shape.dimensions.dropFirst()))
            let expected = variable.type.element.savedType
            guard entry.dataType == expected else {
                throw FormatError(
                    path: statePath,
                    problem: "tensor '\(variable.name)': dtype is \(entry.dataType.rawValue), not \(expected.rawValue)")
            }
        }
        for variable in variables {
            let count = variable.type.count / seedCount
            var values = [UInt32](repeating: 0, count: count * variable.type.element.wordCount)
            try values.withUnsafeMutableBytes { try file.read(variable.name, into: $0) }
            try values.withUnsafeBytes {
                try state.write(variable, elements: position * count..<(position + 1) * count, from: $0)
            }
        }
    }

    /// Puts the rows of the seed back into a pool, which knows it by its position.
    ///
    /// - Throws: `FormatError`.
    func load(into pool: any ExperiencePool, position: Int) throws {
        guard let saved = manifest.pools[pool.name] else {
            throw FormatError(path: statePath, problem: "its manifest names no \(pool.name)")
        }
        let width = pool.rowWidth
        let first = max(0, saved.stored - pool.capacity)
        let file = try SafetensorsFile(contentsOf: statePath)
        let full = saved.firstSegment + saved.segments.count
        let tail = full * saved.segmentRows..<saved.stored
        // Enough rows for the ring must have been saved.
        guard saved.firstSegment * saved.segmentRows <= first else {
            throw FormatError(
                path: statePath,
                problem:
                    "the saved \(pool.name) begins with row \(saved.firstSegment * saved.segmentRows), needed is row \(first)"
            )
        }
        for index in saved.firstSegment..<full {
            let segment = try SafetensorsFile(contentsOf: files.segment(index, of: pool.name))
            let rows = try segment.floats(named: "rows", shape: [saved.segmentRows, width])
            try put(
                rows, index * saved.segmentRows..<(index + 1) * saved.segmentRows, from: first, into: pool,
                position: position
            )
        }
        let rows = try file.floats(named: SavedTensors.tail(of: pool.name), shape: [tail.count, width])
        try put(rows, tail, from: first, into: pool, position: position)
        pool.setStored(saved.stored, of: position)
    }

    /// Writes those of the rows that are not before `first`.
    private func put(
        _ values: [Float], _ rows: Range<Int>, from first: Int, into pool: any ExperiencePool, position: Int
    ) throws {
        let kept = max(first, rows.lowerBound)..<max(first, rows.upperBound)
        let skipped = (kept.lowerBound - rows.lowerBound) * pool.rowWidth
        guard !kept.isEmpty else { return }
        try values.withUnsafeBytes {
            try pool.writeRows(kept, of: position, from: UnsafeRawBufferPointer(rebasing: $0[(skipped * 4)...]))
        }
    }
}
