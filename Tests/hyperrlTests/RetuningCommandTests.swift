import Foundation
import HyperFormats
import Testing

/// The sizes of kernels of a PoCL device, in a table that the test writes, as `hyperbench tune` would.
@Suite(.serialized) struct RetuningCommandTests {
    private let folder: Scratch
    private let device: (index: String, name: String)

    private init() throws {
        folder = try Scratch()
        let listed = try RunningProgram(["list", "devices", "--json"], in: folder)
        let rows = try JSONValue(parsing: Array(listed.output.utf8)).asArray ?? []
        let row = try #require(
            rows.first { $0["platform"]?.asString?.hasPrefix("Portable") == true },
            "the tests need an OpenCL device; install pocl-opencl-icd")
        device = (try #require(row["device"]?.asString), try #require(row["name"]?.asString))
    }

    /// Writes a table that cuts a product into at most so many pieces.
    private func writeTable(_ name: String, pieces: Int) throws {
        let table: JSONValue = [
            "format": "hyperrl-tuning", "version": 1,
            "devices": [
                [
                    "device": .string(device.name), "driver": "", "group_size": 64, "group_elements": 4096,
                    "matmul": [
                        [
                            "tile_m": 32, "tile_n": 32, "tile_k": 8, "item_m": 4, "item_n": 4, "slices": 1,
                            "buffers": 1,
                        ]
                    ],
                    "split": [
                        "outputs_at_most": 65536, "inner_at_least": 64, "pieces_at_most": .integer(pieces),
                    ],
                ]
            ],
        ]
        try folder.write(table.jsonText, to: name)
    }

    private func run(_ words: [String], table: String) throws -> RunningProgram {
        try RunningProgram(
            words + ["--backend", "opencl", "--device", device.index, "--threads", "1"], in: folder,
            environment: ["HYPERRL_TUNING": folder.file(table)])
    }

    private func description() throws -> JSONValue { try JSONValue(contentsOf: folder.file("run/run.json")) }

    @Test func aRetunedDeviceIsRefusedUnlessItIsAllowed() throws {
        try writeTable("old.json", pieces: 1)
        try writeTable("new.json", pieces: 4)
        // A weight's gradient is a sum over the batch, which the new table cuts.
        let words = [
            "train", "td3", "--env", "Hopper-v2", "--critic", "mlp-standard", "--eval-every", "1000",
            "--log-every", "20", "--set", "random-steps=20", "--set", "batch-size=128", "--set",
            "critic.hidden-size=32", "--set", "actor.hidden-sizes=32,32", "--steps", "40", "--quiet",
        ]
        let trained = try run(words + ["--output", "run"], table: "old.json")
        #expect(trained.exitCode == 0, "\(trained.error)")
        let old = try #require(try description()["tuning"]?.asString)
        #expect(old.utf8.count == 64)
        let manifest = try JSONValue(
            contentsOf: folder.file("run/td3/Hopper-v2_0/checkpoints/step-0000000040/manifest.json"))
        #expect(manifest["tuning"]?.asString == old)
        for name in ["allowed", "elsewhere"] {
            try FileManager.default.copyItem(atPath: folder.file("run"), toPath: folder.file(name))
        }

        let refused = try run(["resume", "run", "--steps", "60", "--quiet"], table: "new.json")
        #expect(refused.exitCode == 64 && refused.output.isEmpty)
        #expect(
            refused.error.hasPrefix(
                "Error: run: the kernel sizes of this device are not those of the checkpoint at step 40 "))
        #expect(refused.error.contains("not \(old.prefix(12))") && refused.error.contains("HYPERRL_TUNING"))
        #expect(refused.error.filter { $0 == "\n" }.count == 1)
        #expect(try description()["tuning"]?.asString == old)
        // With the table of then it goes on as if nothing had been.
        let back = try run(["resume", "run", "--steps", "60"], table: "old.json")
        #expect(back.exitCode == 0 && !back.error.contains("kernel sizes"), "\(back.error)")
        #expect(try description()["tuning"]?.asString == old && description()["retuned"] == nil)

        let allowed = try run(["resume", "allowed", "--steps", "60", "--allow-retuned"], table: "new.json")
        #expect(allowed.exitCode == 0, "\(allowed.error)")
        #expect(allowed.error.contains("Warning: the kernel sizes of this device are not those of the checkpoint"))
        let stored = try JSONValue(contentsOf: folder.file("allowed/run.json"))
        #expect(stored["tuning"]?.asString != old && stored["retuned"] == [40])
        #expect(try RunningProgram(["verify", "allowed"], in: folder).exitCode == 0)
        // Now the table of then is the other one.
        let again = try run(["resume", "allowed", "--steps", "80", "--quiet"], table: "old.json")
        #expect(again.exitCode == 64 && again.error.contains("at step 60"), "\(again.error)")
        // Elsewhere nothing was tuned, and the warning about the device is all there is to say.
        let elsewhere = try RunningProgram(
            ["resume", "elsewhere", "--steps", "60", "--backend", "cpu", "--threads", "1"], in: folder)
        #expect(elsewhere.exitCode == 0 && elsewhere.error.contains("Warning: the run was computed on "))
        #expect(try JSONValue(contentsOf: folder.file("elsewhere/run.json"))["tuning"] == nil)
    }
}
