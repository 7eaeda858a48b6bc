// swift-tools-version: 6.0
import PackageDescription

// Imports point down only; docs/architecture.md draws the picture.
let package = Package(
    name: "HyperRL",
    products: [
        .executable(name: "hyperrl", targets: ["hyperrl"]),
        .executable(name: "hyperbench", targets: ["hyperbench"]),
    ],
    targets: [
        // Foundations without tensors.
        .target(name: "CParallel"),
        .target(name: "HyperParallel", dependencies: ["CParallel"]),
        .target(name: "HyperRandom"),
        .target(name: "HyperFormats"),

        // Tracing, differentiation, scheduling; the judge; the CPU backend.
        .target(name: "HyperTensor", dependencies: ["HyperRandom"]),
        .target(name: "HyperReference", dependencies: ["HyperTensor", "HyperRandom"]),
        .target(name: "CSIMD", dependencies: ["CParallel"]),
        .target(name: "HyperCPU", dependencies: ["HyperTensor", "HyperParallel", "CParallel", "CSIMD"]),

        // The OpenCL backend: headers (the library is loaded at run time), kernel sources inside the binary, the backend.
        .target(name: "COpenCL"),
        .target(
            name: "Kernels", path: "Kernels",
            resources: [
                .embedInCode("common.cl"), .embedInCode("programs.cl"), .embedInCode("matmul.cl"),
                .embedInCode("dynamic_linear.cl"), .embedInCode("elementwise.cl"), .embedInCode("reduce.cl"),
                .embedInCode("optimizer.cl"), .embedInCode("random.cl"), .embedInCode("rows.cl"),
                .embedInCode("tuning.json"),
            ]),
        .target(name: "HyperOpenCL", dependencies: ["HyperTensor", "HyperFormats", "COpenCL", "Kernels"]),

        // Networks and worlds.
        .target(name: "HyperModels", dependencies: ["HyperTensor", "HyperRandom"]),
        .target(name: "CMuJoCo", linkerSettings: [.linkedLibrary("mujoco")]),
        .target(
            name: "HyperEnvironments",
            dependencies: ["CMuJoCo", "HyperParallel", "HyperRandom"],
            resources: [
                .embedInCode("Models/hopper.xml"),
                .embedInCode("Models/walker2d.xml"),
                .embedInCode("Models/half_cheetah.xml"),
                .embedInCode("Models/ant.xml"),
            ]),

        // Learning, experiments, programs.
        .target(name: "HyperAgents", dependencies: ["HyperModels", "HyperEnvironments"]),
        .target(name: "HyperProbes", dependencies: ["HyperAgents", "HyperFormats"]),
        .target(name: "HyperExperiments", dependencies: ["HyperProbes", "HyperAgents", "HyperFormats"]),
        .target(name: "HyperReports", dependencies: ["HyperExperiments", "HyperProbes", "HyperFormats"]),
        .target(name: "HyperCommandLine"),
        .executableTarget(
            name: "hyperrl",
            dependencies: ["HyperReports", "HyperCommandLine", "HyperCPU", "HyperOpenCL", "HyperReference"]),

        // Benchmarks.
        .target(name: "CStream"),
        .target(name: "HyperBenchmarks", dependencies: ["HyperExperiments", "HyperReference", "CStream"]),
        .executableTarget(
            name: "hyperbench", dependencies: ["HyperBenchmarks", "HyperCommandLine", "HyperCPU", "HyperOpenCL"]),

        // Tests.
        .target(name: "HyperTestSupport", dependencies: ["HyperTensor", "HyperReference", "HyperEnvironments"]),
        .testTarget(name: "HyperParallelTests", dependencies: ["HyperParallel"]),
        .testTarget(name: "HyperRandomTests", dependencies: ["HyperRandom", "CSIMD"]),
        .testTarget(name: "HyperFormatsTests", dependencies: ["HyperFormats"], resources: [.copy("Fixtures")]),
        .testTarget(name: "HyperTensorTests", dependencies: ["HyperTensor", "HyperReference", "HyperTestSupport"]),
        .testTarget(name: "HyperReferenceTests", dependencies: ["HyperReference", "HyperTestSupport"]),
        .testTarget(name: "HyperCPUTests", dependencies: ["HyperCPU", "HyperReference", "HyperTestSupport"]),
        .testTarget(
            name: "HyperOpenCLTests",
            dependencies: [
                "HyperOpenCL", "COpenCL", "HyperBenchmarks", "HyperCPU", "HyperExperiments", "HyperFormats",
                "HyperParallel",
                "HyperReference", "HyperTestSupport",
                "Kernels",
            ]),
        .testTarget(
            name: "HyperModelsTests",
            dependencies: ["HyperModels", "HyperReference", "HyperCPU", "HyperFormats", "HyperTestSupport"],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "HyperEnvironmentsTests", dependencies: ["HyperEnvironments"], resources: [.copy("Fixtures")]),
        .testTarget(
            name: "HyperAgentsTests",
            dependencies: ["HyperAgents", "HyperReference", "HyperCPU", "HyperFormats", "HyperTestSupport"],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "HyperProbesTests",
            dependencies: ["HyperProbes", "HyperCPU", "HyperReference", "HyperTestSupport", "HyperFormats"],
            resources: [.copy("Fixtures")]),
        .testTarget(name: "HyperExperimentsTests", dependencies: ["HyperExperiments", "HyperCPU"]),
        .testTarget(
            name: "HyperReportsTests", dependencies: ["HyperReports", "HyperCPU"], resources: [.copy("Fixtures")]),
        .testTarget(name: "HyperCommandLineTests", dependencies: ["HyperCommandLine"]),
        .testTarget(
            name: "hyperrlTests", dependencies: ["HyperFormats", "hyperrl"], resources: [.copy("Fixtures")]),
        .testTarget(
            name: "HyperBenchmarksTests",
            dependencies: ["HyperBenchmarks", "HyperCPU", "HyperReference", "HyperFormats"]),
        .testTarget(
            name: "hyperbenchTests", dependencies: ["HyperFormats", "HyperCommandLine", "hyperbench"],
            resources: [.copy("Fixtures")]),
    ]
)
