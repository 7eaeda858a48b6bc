/// Which launches give the same from run to run, so that they need not run again.
enum Preparation {
    /// By launch, whether it depends neither on an input that varies nor on a variable that the program changes, and changes none.
    ///
    /// Variables that the program only reads count as fixed: who changes them between runs has to run everything again.
    static func preparedLaunches(of schedule: Schedule, _ graph: LaunchGraph, varying: Set<String>) -> [Bool] {
        let inputs = Set(
            schedule.program.inputs.indices.filter { varying.contains(schedule.program.inputs[$0].name) })
        let changed = Set(
            schedule.values.compactMap { value -> Variable? in
                if case .variable(let variable, let version) = value.storage, version > 0 { return variable }
                return nil
            })
        var varies = schedule.values.map { value in
            switch value.storage {
            case .input(let index): inputs.contains(index)
            case .variable(let variable, _): changed.contains(variable)
            case .constant, .scratch: false
            }
        }
        var result = schedule.launches.map { _ in false }
        let ranks = graph.ranks ?? []
        for index in ranks.indices.sorted(by: { ranks[$0] < ranks[$1] }) {
            let launch = schedule.launches[index].launch
            let isVarying = launch.readValues.contains { varies[$0] } || launch.writtenValues.contains { varies[$0] }
            result[index] = !isVarying
            if isVarying { for value in launch.writtenValues { varies[value] = true } }
        }
        return result
    }
}
