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
        .target(name: "HyperStatistics"),

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
                .embedInCode("doubles.cl"), .embedInCode("wide_elementwise.cl"), .embedInCode("wide_sums.cl"),
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
        .target(
            name: "HyperAgents",
            dependencies: [
                "HyperModels", "HyperEnvironments", "HyperTensor", "HyperParallel", "HyperRandom", "HyperStatistics",
            ]),
        .target(
            name: "HyperProbes",
            dependencies: [
                "HyperAgents", "HyperModels", "HyperEnvironments", "HyperTensor", "HyperFormats", "HyperParallel",
                "HyperRandom", "HyperStatistics",
            ]),
        .target(
            name: "HyperExperiments",
            dependencies: [
                "HyperProbes", "HyperAgents", "HyperModels", "HyperEnvironments", "HyperTensor", "HyperFormats",
                "HyperParallel", "HyperRandom", "HyperStatistics",
            ]),
        .target(
            name: "HyperReports",
            dependencies: [
                "HyperExperiments", "HyperProbes", "HyperAgents", "HyperModels", "HyperTensor", "HyperFormats",
                "HyperParallel", "HyperRandom", "HyperStatistics",
            ]),
        .target(name: "HyperCommandLine"),
        .executableTarget(
            name: "hyperrl",
            dependencies: [
                "HyperReports", "HyperExperiments", "HyperProbes", "HyperAgents", "HyperModels", "HyperEnvironments",
                "HyperCommandLine", "HyperCPU", "HyperOpenCL", "HyperReference", "HyperTensor", "HyperFormats",
                "HyperParallel",
            ]),

        // Benchmarks.
        .target(name: "CStream"),
        .target(
            name: "HyperBenchmarks",
            dependencies: [
                "HyperExperiments", "HyperAgents", "HyperModels", "HyperEnvironments", "HyperReference", "HyperTensor",
                "HyperFormats", "HyperParallel", "HyperRandom", "HyperStatistics", "CStream",
            ]),
        .executableTarget(
            name: "hyperbench",
            dependencies: [
                "HyperBenchmarks", "HyperAgents", "HyperModels", "HyperEnvironments", "HyperCommandLine", "HyperCPU",
                "HyperOpenCL", "HyperTensor", "HyperFormats", "HyperParallel",
            ]),

        // Tests.
        .target(
            name: "HyperTestSupport",
            dependencies: ["HyperTensor", "HyperReference", "HyperEnvironments", "HyperRandom"]),
        // Looks for programs that are computed wrongly; see tools/fuzz-programs.
        .executableTarget(
            name: "FuzzPrograms", dependencies: ["HyperTestSupport", "HyperCPU", "HyperOpenCL"],
            path: "Tests/FuzzPrograms"),
        // An algorithm that only tests have.
        .target(
            name: "HyperTestAlgorithm",
            dependencies: [
                "HyperAgents", "HyperModels", "HyperEnvironments", "HyperTensor", "HyperParallel", "HyperRandom",
            ]),
        .testTarget(name: "HyperParallelTests", dependencies: ["HyperParallel"]),
        .testTarget(name: "HyperRandomTests", dependencies: ["HyperRandom", "CSIMD"]),
        .testTarget(name: "HyperFormatsTests", dependencies: ["HyperFormats"], resources: [.copy("Fixtures")]),
        .testTarget(
            name: "HyperTensorTests",
            dependencies: ["HyperTensor", "HyperReference", "HyperRandom", "HyperTestSupport"]),
        .testTarget(
            name: "HyperReferenceTests",
            dependencies: ["HyperReference", "HyperTensor", "HyperRandom", "HyperTestSupport"]),
        .testTarget(
            name: "HyperCPUTests",
            dependencies: [
                "HyperCPU", "CSIMD", "HyperReference", "HyperTensor", "HyperParallel", "HyperRandom",
                "HyperTestSupport",
            ]),
        .testTarget(
            name: "HyperOpenCLTests",
            dependencies: [
                "HyperOpenCL", "COpenCL", "Kernels", "HyperBenchmarks", "HyperExperiments", "HyperAgents",
                "HyperModels", "HyperCPU", "HyperReference", "HyperTensor", "HyperFormats", "HyperParallel",
                "HyperTestSupport",
            ]),
        .testTarget(
            name: "HyperModelsTests",
            dependencies: [
                "HyperModels", "HyperReference", "HyperCPU", "HyperTensor", "HyperFormats", "HyperRandom",
                "HyperTestSupport",
            ],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "HyperEnvironmentsTests", dependencies: ["HyperEnvironments", "HyperParallel", "HyperRandom"],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "HyperAgentsTests",
            dependencies: [
                "HyperAgents", "HyperModels", "HyperEnvironments", "HyperReference", "HyperCPU", "HyperTensor",
                "HyperFormats", "HyperParallel", "HyperRandom", "HyperTestSupport",
            ],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "HyperProbesTests",
            dependencies: [
                "HyperProbes", "HyperAgents", "HyperModels", "HyperEnvironments", "HyperCPU", "HyperReference",
                "HyperTensor", "HyperFormats", "HyperParallel", "HyperRandom", "HyperTestSupport",
            ],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "HyperExperimentsTests",
            dependencies: [
                "HyperExperiments", "HyperBenchmarks", "HyperProbes", "HyperAgents", "HyperEnvironments", "HyperModels",
                "HyperCPU", "HyperReference", "HyperTensor", "HyperFormats", "HyperParallel", "HyperTestAlgorithm",
            ]),
        .testTarget(
            name: "HyperReportsTests",
            dependencies: [
                "HyperReports", "HyperExperiments", "HyperProbes", "HyperAgents", "HyperModels", "HyperCPU",
                "HyperFormats", "HyperStatistics", "HyperTestAlgorithm",
            ],
            resources: [.copy("Fixtures")]),
        .testTarget(name: "HyperCommandLineTests", dependencies: ["HyperCommandLine"]),
        .testTarget(
            name: "hyperrlTests",
            dependencies: [
                "hyperrl", "HyperExperiments", "HyperAgents", "HyperModels", "HyperEnvironments", "HyperCommandLine",
                "HyperFormats",
            ],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "HyperBenchmarksTests",
            dependencies: [
                "HyperBenchmarks", "HyperAgents", "HyperCPU", "HyperReference", "HyperTensor", "HyperFormats",
                "HyperTestAlgorithm",
            ]),
        .testTarget(
            name: "hyperbenchTests", dependencies: ["HyperFormats", "HyperCommandLine", "hyperbench"],
            resources: [.copy("Fixtures")]),
    ]
)
