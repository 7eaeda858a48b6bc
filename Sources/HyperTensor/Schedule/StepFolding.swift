/// Lets parameters take their optimiser's step within the product that makes their gradient, so that the gradient never goes to memory.
///
/// A product can be folded if its result is nothing but the gradient of one parameter, and no launch has to stand between it and the step.
/// The order of launches then puts it behind all others that read the old parameter (the gradient of the layer's input above all). Where
/// a soft update of the parameter's target may follow at once, the launch does that too.
struct StepFolding {
    /// The schedule's launches, with updates of several variables taken apart.
    private var parts: [ScheduledLaunch] = []
    /// By part, the launch that it comes from.
    private var origins: [Int] = []
    /// By part, whether it is a step that has taken in the product before it.
    private var isFolded: [Bool]
    /// By part, whether another one has taken it in.
    private var isDropped: [Bool]
    private var graph: LaunchGraph
    private let uses: ValueUses
    private let values: [Value]
    private let outputs: Set<ValueID>

    /// - Parameter takesStep: Whether the backend's kernel for a product can do it.
    static func apply(to schedule: inout Schedule, takesStep: (MatmulLaunch) -> Bool) {
        let hasSteps = schedule.launches.contains { if case .adam = $0.launch { true } else { false } }
        guard hasSteps else { return }
        var folding = StepFolding(schedule)
        folding.foldProducts(takesStep)
        guard folding.isFolded.contains(true) else { return }
        folding.foldSoftUpdates()
        schedule.launches = folding.rejoined()
    }

    private init(_ schedule: Schedule) {
        for (index, scheduled) in schedule.launches.enumerated() {
            for launch in scheduled.launch.takenApart {
                parts.append(ScheduledLaunch(launch, phases: scheduled.phases))
                origins.append(index)
            }
        }
        values = schedule.values
        outputs = Set(schedule.outputs)
        isFolded = parts.map { _ in false }
        isDropped = isFolded
        let launches = parts.map(\.launch)
        uses = ValueUses(launches, values: values)
        graph = LaunchGraph(uses, launches, values: values)
    }

    // MARK: Folding

    private mutating func foldProducts(_ takesStep: (MatmulLaunch) -> Bool) {
        for index in parts.indices {
            guard case .adam(let step) = parts[index].launch, step.gradients.count == 1,
                let producer = soleProducer(of: step.gradients[0]),
                case .matmul(let product) = parts[producer].launch, product.epilogue == nil, product.step == nil,
                product.output.isWhole(values), takesStep(product),
                Set(parts[producer].launch.readValues).isDisjoint(with: step.parameters[0].all.map(\.before)),
                graph.canMerge(producer, index)
            else { continue }
            graph.merge(producer, into: index)
            var folded = product
            folded.output.value = step.parameters[0].parameter.after
            folded.step = ParameterStep(
                rule: step.rule, parameter: step.parameters[0], scale: step.scale, target: nil, targetRate: 0)
            var scheduled = ScheduledLaunch(.matmul(folded), phases: parts[producer].phases)
            scheduled.takePhases(of: parts[index])
            parts[index] = scheduled
            isFolded[index] = true
            isDropped[producer] = true
        }
    }

    /// The only launch that writes a gradient, if nothing but the step reads it.
    private func soleProducer(of gradient: Operand) -> Int? {
        guard gradient.isWhole(values), values[gradient.value].storage.isScratch, !outputs.contains(gradient.value),
            uses.writers[gradient.value].count == 1, uses.readers[gradient.value].count == 1
        else { return nil }
        return uses.writers[gradient.value][0]
    }

    private mutating func foldSoftUpdates() {
        var ranks = graph.ranks ?? []
        for index in parts.indices where isFolded[index] {
            guard case .matmul(var product) = parts[index].launch, let parameter = product.step?.parameter.parameter,
                let later = uses.readers[parameter.after].first(where: {
                    !isDropped[$0] && movesTarget($0, to: parameter.after)
                }),
                case .softUpdate(let update) = parts[later].launch, update.sources[0].isWhole(values),
                !parts[index].launch.readValues.contains(update.targets[0].before),
                graph.canMerge(index, later, within: { [ranks] in ranks[$0] < ranks[later] })
            else { continue }
            graph.merge(later, into: index)
            product.step?.target = update.targets[0]
            product.step?.targetRate = update.rate
            parts[index].launch = .matmul(product)
            parts[index].takePhases(of: parts[later])
            isDropped[later] = true
            ranks = graph.ranks ?? ranks
        }
    }

    private func movesTarget(_ part: Int, to source: ValueID) -> Bool {
        guard case .softUpdate(let update) = parts[part].launch else { return false }
        return update.targets.count == 1 && update.sources[0].value == source
    }

    // MARK: Joining

    /// The launches, with what is left of each optimiser's step and soft update in one launch again, unless a folded product has come
    /// to stand between.
    private mutating func rejoined() -> [ScheduledLaunch] {
        var ranks = graph.ranks ?? []
        var rest: [Int: Int] = [:]
        for index in parts.indices where !isDropped[index] && !isFolded[index] {
            guard let first = rest[origins[index]] else {
                rest[origins[index]] = index
                continue
            }
            let (earlier, later) = ranks[first] < ranks[index] ? (first, index) : (index, first)
            if graph.reaches(from: earlier, to: later, within: { [ranks] in ranks[$0] < ranks[later] }) { continue }
            graph.merge(index, into: first)
            ranks = graph.ranks ?? ranks
            parts[first].launch = parts[first].launch.joined(with: parts[index].launch)
            isDropped[index] = true
        }
        return parts.indices.filter { !isDropped[$0] }.map { parts[$0] }
    }
}

extension Launch {
    /// An update of several variables as one launch for each; anything else alone.
    fileprivate var takenApart: [Launch] {
        switch self {
        case .adam(let launch) where launch.parameters.count > 1:
            return zip(launch.parameters, launch.gradients).map { parameter, gradient in
                .adam(
                    AdamLaunch(rule: launch.rule, parameters: [parameter], gradients: [gradient], scale: launch.scale))
            }
        case .softUpdate(let launch) where launch.targets.count > 1:
            return zip(launch.targets, launch.sources).map { target, source in
                .softUpdate(SoftUpdateLaunch(targets: [target], sources: [source], rate: launch.rate))
            }
        case .elementwise, .reduce, .wideSum, .dot, .matmul, .gather, .scatterAdd, .assignRows, .random, .adam,
            .softUpdate:
            return [self]
        }
    }

    /// One launch for two parts of an update.
    fileprivate func joined(with other: Launch) -> Launch {
        switch (self, other) {
        case (.adam(var launch), .adam(let other)):
            launch.parameters += other.parameters
            launch.gradients += other.gradients
            return .adam(launch)
        case (.softUpdate(var launch), .softUpdate(let other)):
            launch.targets += other.targets
            launch.sources += other.sources
            return .softUpdate(launch)
        default: preconditionFailure("StepFolding: \(name) and \(other.name) are no parts of one update")
        }
    }
}
