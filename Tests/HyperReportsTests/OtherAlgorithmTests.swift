import Foundation
import HyperAgents
import HyperCPU
import HyperExperiments
import HyperTestAlgorithm
import Testing

@testable import HyperReports

/// Learning curves of an algorithm that has no critic and counts iterations: their axis is environment steps all the same.
@Test func anAlgorithmOfAnotherKindIsPlotted() throws {
    let folder = NSTemporaryDirectory() + "hyperreports-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let catalogue = AlgorithmCatalogue([GoalSearchConfiguration.self])
    let backend = try CPUBackend(threads: 1)
    for context in ["goal", "none"] {
        let configuration = RunConfiguration(
            algorithm: catalogue.algorithms[0], environment: "HalfCheetah-Vel", variants: ["context": context],
            seeds: [0, 1], steps: 6, evaluationInterval: 2, evaluationEpisodes: 1, logInterval: 2)
        _ = try TrainingRun(
            configuration, folder: RunFolder(creating: "\(folder)/\(context)", overwrites: false), backend: backend,
            pool: backend.pool, build: BuildIdentity(version: "test", commit: "none"), monitor: nil
        ).run()
    }
    let records = try ["goal", "none"].map { try RunRecord("\(folder)/\($0)", catalogue: catalogue) }
    #expect(records.allSatisfy { $0.unfinishedStep == nil && $0.curves.count == 2 })
    for curve in records.flatMap(\.curves) {
        // Two iterations of six episodes, each of 5 to 8 steps.
        #expect(curve.steps.count == 3 && (60...96).contains(curve.steps[0]) && curve.steps == curve.steps.sorted())
    }
    #expect(try LearningCurves().figure([records[0]]).labels == ["goal"])
}
