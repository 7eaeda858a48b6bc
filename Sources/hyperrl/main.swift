import HyperAgents
import HyperCPU
import HyperExperiments
import HyperModels
import HyperParallel
import HyperTensor

final class Monitor: RunMonitor {
    func runDidStep(_ step: Int, latestReturn: Double?) -> Bool { true }
    func runDidEvaluate(step: Int, mean: Double, standardDeviation: Double, seeds: Int) { print(step, mean, standardDeviation, seeds) }
    func runDidWarn(_ message: String) { print(message) }
}
let arguments = CommandLine.arguments
let backend = try CPUBackend(threads: Int(arguments[1]))
var configuration = RunConfiguration(environment: arguments[2], critic: CriticKind(rawValue: arguments[3])!, seeds: arguments[4].split(separator: ",").map { UInt32($0)! }, steps: Int(arguments[5])!)
if arguments.count > 7 { configuration.td3.randomSteps = Int(arguments[7])! }
let estimate = try RunEstimate(configuration, backend: backend, pool: backend.pool)
print(backend.device, estimate)
if arguments[6] != "-" {
let monitor = Monitor()
let run = try TrainingRun(configuration, folder: RunFolder(creating: arguments[6], overwrites: true), backend: backend, pool: backend.pool, build: BuildIdentity(version: "0", commit: "x"), monitor: monitor)
print(try run.run())
}
