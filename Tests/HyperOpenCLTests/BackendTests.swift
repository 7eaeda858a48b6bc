import Glibc
import HyperReference
import HyperTensor
import Testing

@testable import HyperOpenCL

extension OpenCLTests {
    @Suite struct BackendTests {
        @Test func refusesWhatDoesNotFit() throws {
            let backend = try TestDevice.backend()
            let program = try TestPrograms.doubling()
            #expect(throws: TensorError.self) {
                try backend.compile(program, state: ReferenceBackend().makeState(StateLayout()))
            }
            var layout = StateLayout()
            let variable = try layout.addVariable("table", TensorType(.float32, [4]))
            let state = try backend.makeState(layout)
            let compiled = try backend.compile(program, state: state)
            #expect(throws: TensorError.self) { try compiled.setInput(0, [1, 2] as [Float]) }
            #expect(throws: TensorError.self) { try compiled.setInput(1, [1, 2, 3] as [Float]) }
            #expect(throws: TensorError("readOutput: 'y' was asked for before program 'double' ran")) {
                try compiled.output(0)
            }
            var room = [Float](repeating: 0, count: 2)
            #expect(throws: TensorError.self) {
                try room.withUnsafeMutableBytes { try compiled.readOutput(0, into: $0) }
            }
            #expect(throws: TensorError.self) {
                try room.withUnsafeBytes { try state.write(variable, elements: 3..<5, from: $0) }
            }
            #expect(try state.floats(variable) == [0, 0, 0, 0])
            let reading = try Program.trace("read") { trace in trace.output("value", trace.read(variable) + 1) }
            let error = #expect(throws: TensorError.self) {
                try backend.compile(reading, state: backend.makeState(StateLayout()))
            }
            #expect(error?.message.contains("table") == true)
        }

        @Test func refusesMoreMemoryThanTheDeviceGives() throws {
            let backend = try TestDevice.backend()
            var layout = StateLayout()
            try layout.addVariable("everything", TensorType(.float32, [1 << 50]))
            let error = #expect(throws: OpenCLError.self) { try backend.makeState(layout) }
            #expect(error?.message.contains("'everything' (\(1 << 52) bytes)") == true, "\(String(describing: error))")
            #expect(error?.isUnavailable == false)
        }

        /// Inputs may be set again while the device still works on the last run's: more runs than copies.
        @Test func inputsOfEveryRunArrive() throws {
            let backend = try TestDevice.backend()
            var layout = StateLayout()
            let sum = try layout.addVariable("sum", TensorType(.float32, [1]))
            let program = try Program.trace("sum") { trace in
                trace.assign(sum, trace.read(sum) + trace.input("x", TensorType(.float32, [1])))
            }
            let state = try backend.makeState(layout)
            let compiled = try backend.compile(program, state: state)
            for number in 1...100 {
                try compiled.setInput(0, [Float(number)])
                try compiled.run()
            }
            #expect(try state.floats(sum) == [5050])
        }

        @Test func buildFailuresCarryTheWholeLog() throws {
            let context = try OpenCLContext(TestDevice.any())
            let compiler = KernelCompiler(
                context, tuning: KernelTuning(for: context.device), cache: ProgramCache(folder: nil))
            let error = #expect(throws: OpenCLError.self) {
                try compiler.kernel(
                    .elementwise,
                    programs: "#define AXES 1\n#define PROGRAM_CASES case 1: value = nonsense(7); break;\n")
            }
            let message = try #require(error?.message)
            #expect(message.contains("clBuildProgram: CL_BUILD_PROGRAM_FAILURE (-11)"))
            #expect(message.contains("elementwise.cl") && message.contains("nonsense"), "\(message)")
        }

        @Test func missingDevicesAreUnavailable() throws {
            let error = #expect(throws: OpenCLError.self) { try OpenCLDevice.chosen(99) }
            #expect(error?.isUnavailable == true && error?.message.contains("no device 99") == true)
            // PoCL and other CPU devices are for those who ask.
            for device in try OpenCLDevice.all() where !device.isGPU || device.platform.hasPrefix("Portable") {
                #expect(device.reasonAgainst != nil)
                #expect(OpenCLDevice.automatic()?.index != device.index)
            }
        }

        /// A device may call itself a GPU and be none.
        @Test(arguments: [
            ("NVIDIA CUDA", "NVIDIA H200", true, true), ("AMD Accelerated Parallel Processing", "gfx90a", true, true),
            ("Intel(R) OpenCL Graphics", "Intel(R) Arc(TM) A770 Graphics", true, true),
            ("Intel(R) OpenCL", "Intel(R) Xeon(R) CPU", false, false), ("Oclgrind", "Oclgrind Simulator", true, false),
            ("Portable Computing Language", "pthread-skylake-avx512-AMD EPYC", false, false),
            ("Portable Computing Language", "NVIDIA H200", true, false),
            ("rusticl", "llvmpipe (LLVM 15.0.6, 256 bits)", true, false),
            ("Some vendor", "FPGA Emulation Device", true, false),
        ])
        func autoTakesGPUsAlone(_ platform: String, _ name: String, _ isGPU: Bool, _ isTaken: Bool) {
            #expect((OpenCLDevice.reasonAgainst(platform: platform, name: name, isGPU: isGPU) == nil) == isTaken)
        }

        @Test func errorsNameTheirCodes() {
            #expect(
                OpenCLError("clCreateBuffer", -4, "256 bytes of scratch").message.hasPrefix(
                    "clCreateBuffer: CL_MEM_OBJECT_ALLOCATION_FAILURE (-4): 256 bytes"))
            #expect(OpenCLError.name(of: -54) == "CL_INVALID_WORK_GROUP_SIZE")
            #expect(OpenCLError.name(of: 12345) == "unknown error")
        }
    }
}
