import HyperEnvironments
import HyperFormats
import HyperModels
import HyperReports

/// `hyperrl list critics`: what there is, and how large it is on each task.
enum CriticList {
    /// Parameters of one of the two critics, on the tasks of the paper's comparison.
    static var table: TextTable {
        let tasks = EnvironmentSpec.all.filter { $0.goalKind == .none && $0.id != "AntNoControlCost-v2" }
        var table = TextTable(["PARAMETERS OF ONE Q"] + tasks.map(\.id) + ["WHAT IT IS"])
        for kind in CriticKind.allCases {
            table.add([kind.rawValue] + tasks.map { grouped(parameterCount(kind, $0)) } + [kind.summary])
        }
        return table
    }

    /// The same for every task.
    static var json: JSONValue {
        .array(
            CriticKind.allCases.map { kind in
                var counts = JSONObject()
                for spec in EnvironmentSpec.all { counts[spec.id] = .integer(parameterCount(kind, spec)) }
                return [
                    "critic": .string(kind.rawValue), "summary": .string(kind.summary),
                    "hypernetwork": .bool(kind.isHyperNetwork), "parameters_of_one_q": .object(counts),
                ]
            })
    }

    private static func parameterCount(_ kind: CriticKind, _ spec: EnvironmentSpec) -> Int {
        kind.makeCritic(stateSize: spec.observationSize, actionSize: spec.actionSize).parameters.count
    }
}
