import HyperFormats
import Testing

@testable import HyperOpenCL

extension OpenCLTests {
    @Suite struct TuningTests {
        private func entry(_ driver: String, tileK: Int) -> TuningTable.Entry {
            var tuning = KernelTuning()
            tuning.tilings[1].tileK = tileK
            return TuningTable.Entry(device: "Some GPU", driver: driver, tuning: tuning, measured: ["step_ms": 0.75])
        }

        @Test func aTableIsReadAsItWasWritten() throws {
            let folder = try TemporaryFolder()
            let path = "\(folder.path)/tuning.json"
            var table = TuningTable()
            table.replace(entry("1.0", tileK: 8))
            table.replace(entry("", tileK: 32))
            table.replace(entry("1.0", tileK: 12))
            try table.write(to: path)
            let read = try TuningTable(contentsOf: path)
            #expect(read.entries.map(\.tuning) == [entry("", tileK: 12).tuning, entry("", tileK: 32).tuning])
            #expect(read.entries[0].measured["step_ms"]?.asDouble == 0.75)
            #expect(read.tuning(device: "Some GPU", driver: "1.0")?.tilings[1].tileK == 12)
            #expect(
                read.tuning(device: "Some GPU", driver: "2.0")?.tilings[1].tileK == 32,
                "the driver's own entry is missing")
            #expect(read.tuning(device: "Other GPU", driver: "1.0") == nil)
        }

        @Test(arguments: [
            ("{\"version\": 1}", "is no tuning table"),
            ("{\"format\": \"hyperrl-tuning\", \"version\": 1}", "no list 'devices'"),
            ("[", "not valid JSON"),
        ])
        func filesThatAreNoTablesAreRefused(_ text: String, _ problem: String) throws {
            let folder = try TemporaryFolder()
            let path = "\(folder.path)/tuning.json"
            try AtomicFile.write(text, to: path)
            let error = #expect(throws: FormatError.self) { try TuningTable(contentsOf: path) }
            #expect(error?.problem.contains(problem) == true, "\(String(describing: error))")
        }

        @Test(arguments: [
            ("tile_k", 6, "devices[0] for 'Some GPU': matmul[0]: tile_k is 6, not a multiple of 4"),
            ("item_m", 3, "matmul[0]: item_m is 3, not 1, 2, 4 or 8"),
            ("slices", 99, "matmul[0]: slices is 99, outside 1 to 16"),
            ("tile_x", 4, "devices[0].matmul[0]: unknown key 'tile_x'"),
        ])
        func badNumbersAreNamed(_ key: String, _ value: Int, _ problem: String) throws {
            var table = TuningTable()
            table.replace(entry("", tileK: 16))
            var json = try #require(table.json.asObject)
            var device = try #require(json["devices"]?.asArray?[0].asObject)
            var tilings = try #require(device["matmul"]?.asArray)
            var tiling = try #require(tilings[0].asObject)
            tiling[key] = .integer(value)
            tilings[0] = .object(tiling)
            device["matmul"] = .array(tilings)
            json["devices"] = .array([.object(device)])
            let error = #expect(throws: FormatError.self) { try TuningTable(.object(json), path: "t.json") }
            #expect(error?.description.contains(problem) == true, "\(String(describing: error))")
        }

        @Test func everyCallHasATiling() {
            var tuning = KernelTuning()
            #expect(tuning.problem == nil)
            #expect(
                tuning.tiling(outputs: 1) == 0 && tuning.tiling(outputs: 131_072) == 0
                    && tuning.tiling(outputs: 131_073) == 1)
            tuning.tilings[1].maximumOutputs = 10
            #expect(tuning.problem?.contains("no last entry without outputs_at_most") == true)
            tuning = KernelTuning(groupSize: 48)
            #expect(tuning.problem?.contains("group_size is 48") == true)
        }

        @Test func sizesBeyondTheDeviceAreRefusedWithTheNumbers() throws {
            let tiling = MatmulTiling(tileM: 256, tileN: 256, tileK: 64, itemM: 8, itemN: 8, slices: 16)
            let error = #expect(throws: OpenCLError.self) {
                try TestDevice.backend(tuning: KernelTuning(tilings: [tiling]))
            }
            #expect(
                error?.message.contains("matmul[0]: a group has 16384 work-items") == true,
                "\(String(describing: error))")
            let device = try TestDevice.any()
            #expect(KernelTuning(for: device).problem(on: device) == nil)
        }

        /// The table inside the program must be whole, and give its entries to the devices they name.
        @Test func theBundledTableIsWhole() throws {
            let table = try TuningTable.bundled.get()
            #expect(!table.entries.isEmpty)
            for entry in table.entries {
                #expect(table.tuning(device: entry.device, driver: "any") != nil)
                for tiling in entry.tuning.tilings {
                    #expect(
                        tiling.problem(largestGroup: 1024, localMemoryBytes: 48 << 10) == nil,
                        "\(entry.device): \(tiling)")
                }
            }
        }

        /// Runs hold the identity of the sizes they were computed with: the same sizes must give it in every version. The number is what
        /// sha256sum prints for the text.
        @Test func theIdentityOfSizesIsThatOfTheirText() throws {
            let text = """
                {"group_size":256,"group_elements":4096,"matmul":[{"tile_m":32,"tile_n":32,"tile_k":8,"item_m":4,"item_n":4,"slices":4,\
                "buffers":2,"outputs_at_most":131072},{"tile_m":64,"tile_n":64,"tile_k":16,"item_m":4,"item_n":4,"slices":1,"buffers":2}],\
                "split":{"outputs_at_most":65536,"inner_at_least":512,"pieces_at_most":16}}
                """
            let standard = KernelTuning()
            #expect(JSONValue.object(standard.json).jsonText == text)
            #expect(standard.identity == "168337b3bd0fadd77acae3a0171c12db38d67c67602786f7f34cc899a3195b57")
            let changes: [(inout KernelTuning) -> Void] = [
                { $0.groupSize = 128 }, { $0.groupElements = 8192 }, { $0.tilings[0].slices = 2 },
                { $0.tilings[0].maximumOutputs = 512 }, { $0.tilings[1].buffers = 1 }, { $0.tilings.removeFirst() },
                { $0.split.maximumOutputs = 0 }, { $0.split.minimumDepth = 64 }, { $0.split.maximumPieces = 4 },
            ]
            let identities = changes.map { change in
                var changed = standard
                change(&changed)
                return changed.identity
            }
            #expect(Set(identities + [standard.identity]).count == changes.count + 1)
        }

        @Test func aDeviceTellsTheSizesThatItComputesWith() throws {
            var tuning = KernelTuning(for: try TestDevice.any())
            let backend = try TestDevice.backend(tuning: tuning)
            #expect(backend.device.tuning == tuning.identity)
            tuning.split.maximumPieces = 3
            backend.tuning = tuning
            #expect(backend.device.tuning == tuning.identity)
        }

        /// A device takes the entry of the file; without one, its defaults.
        @Test func theBackendTakesWhatTheTableHolds() throws {
            let folder = try TemporaryFolder()
            let path = "\(folder.path)/tuning.json"
            let device = try TestDevice.any()
            #expect(try TuningTable.tuning(for: device, path: nil) == KernelTuning(for: device))
            var table = TuningTable()
            var tuning = KernelTuning(for: device)
            tuning.groupElements *= 2
            table.replace(.init(device: device.name, driver: device.driver, tuning: tuning))
            try table.write(to: path)
            #expect(try TuningTable.tuning(for: device, path: path) == tuning)
            tuning.groupSize = 1024
            tuning.groupElements = 1 << 20
            tuning.tilings = [MatmulTiling(tileM: 256, tileN: 256, tileK: 4, itemM: 1, itemN: 1)]
            table.replace(.init(device: device.name, driver: device.driver, tuning: tuning))
            try table.write(to: path)
            let error = #expect(throws: FormatError.self) { try TuningTable.tuning(for: device, path: path) }
            #expect(error?.description.contains("does not fit it") == true)
        }
    }
}
