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
        var result = schedule.launches.map { _ in true }
        let ranks = graph.ranks ?? []
        let order = ranks.indices.sorted { ranks[$0] < ranks[$1] }
        // Of launches that write blocks of one value, all vary if one does; so what was looked at earlier may have to be looked at again.
        var hasChanged = true
        while hasChanged {
            hasChanged = false
            for index in order where result[index] {
                let launch = schedule.launches[index].launch
                guard
                    launch.readValues.contains(where: { varies[$0] })
                        || launch.writtenValues.contains(where: { varies[$0] })
                else { continue }
                result[index] = false
                hasChanged = true
                for value in launch.writtenValues { varies[value] = true }
            }
        }
        return result
    }
}
