/// Lets parameters take their optimiser's step within the product that makes their gradient, so that the gradient never goes to memory.
///
/// A product can be folded if its result is nothing but the gradient of one parameter. It moves behind all others that read the
/// parameter (the gradient of the layer's input above all), as early as these allow. Where a soft update of the parameter's target follows
/// undisturbed, the launch does that too.
struct StepFolding {
    private let schedule: Schedule
    private var values: [Value]
    private var launches: [ScheduledLaunch]
    /// By launch of `launches`, whether it is a folded product.
    private var isFolded: [Bool] = []

    private init(_ schedule: Schedule) {
        self.schedule = schedule
        values = schedule.values
        launches = []
    }

    /// - Parameter takesStep: Whether the backend's kernel for a product can do it.
    static func apply(to schedule: Schedule, takesStep: (MatmulLaunch) -> Bool) -> Schedule {
        var folding = StepFolding(schedule)
        folding.fold(takesStep)
        guard folding.isFolded.contains(true) else { return schedule }
        folding.foldSoftUpdates()
        folding.advanceFolded()
        var result = schedule
        (result.values, result.launches) = (folding.values, folding.launches)
        ScratchPlan.place(&result)
        return result
    }

    // MARK: Folding

    /// Puts every product that can be folded directly before its optimiser's launch.
    private mutating func fold(_ takesStep: (MatmulLaunch) -> Bool) {
        let producers = soleProducers()
        var products: [Int: (optimiser: Int, gradient: Int)] = [:]
        for (index, scheduled) in schedule.launches.enumerated() {
            guard case .adam(let update, let gradients, let scale) = scheduled.launch else { continue }
            for (position, gradient) in gradients.enumerated() {
                guard let producer = producers[gradient.value], producer < index,
                    case .matmul(let matmul) = schedule.launches[producer].launch, takesStep(matmul),
                    matmul.epilogue == nil, isWhole(gradient), isWhole(matmul.output),
                    canMove(producer, to: index, past: update, position, scale)
                else { continue }
                products[producer] = (index, position)
            }
        }
        for (index, scheduled) in schedule.launches.enumerated() where products[index] == nil {
            guard case .adam(let update, let gradients, let scale) = scheduled.launch else {
                append(scheduled, folded: false)
                continue
            }
            let mine = products.filter { $0.value.optimiser == index }.sorted { $0.key < $1.key }
            for (producer, place) in mine {
                append(
                    folded(schedule.launches[producer], update, place.gradient, scale, scheduled.phases), folded: true)
            }
            let taken = Set(mine.map(\.value.gradient))
            let rest = update.parameters.indices.filter { !taken.contains($0) }
            if rest.isEmpty { continue }
            append(
                ScheduledLaunch(
                    launch: .adam(update.taking(rest), gradients: rest.map { gradients[$0] }, scale: scale),
                    phases: scheduled.phases), folded: false)
        }
    }

    /// The only writer of each scratch value that is read once and is no output.
    private func soleProducers() -> [ValueID: Int] {
        var writers: [ValueID: [Int]] = [:]
        var reads: [ValueID: Int] = [:]
        for (index, scheduled) in schedule.launches.enumerated() {
            for operand in scheduled.launch.reads { reads[operand.value, default: 0] += 1 }
            if let output = scheduled.launch.writes { writers[output.value, default: []].append(index) }
        }
        return writers.compactMapValues { $0.count == 1 ? $0[0] : nil }.filter { value, _ in
            guard case .scratch = values[value].storage else { return false }
            return reads[value] == 1 && !schedule.outputs.contains(value)
        }
    }

    private func isWhole(_ operand: Operand) -> Bool {
        operand.view.offset == 0 && operand.view.isContiguous
            && operand.view.count == values[operand.value].type.count
    }

    /// Whether a product gives the same directly before its optimiser's launch, and reads nothing that the step changes.
    private func canMove(
        _ producer: Int, to index: Int, past update: AdamUpdate, _ position: Int, _ scale: Operand
    ) -> Bool {
        let changed = schedule.launches[producer + 1..<index].flatMap { changes(of: $0.launch) }
        let stepped = update.taking([position]).variables.map { Memory.variable($0) }
        let read = schedule.launches[producer].launch.reads.map(memory)
        return read.allSatisfy { !changed.contains($0) && !stepped.contains($0) }
    }

    private enum Memory: Hashable {
        case value(ValueID)
        case variable(Variable)
    }

    private func memory(_ operand: Operand) -> Memory {
        if case .variable(let variable) = values[operand.value].storage { return .variable(variable) }
        return .value(operand.value)
    }

    private func changes(of launch: Launch) -> [Memory] {
        switch launch {
        case .adam(let update, _, _): return update.variables.map { .variable($0) }
        case .softUpdate(let update): return update.targets.map { .variable($0) }
        case .matmul(let matmul): return [memory(matmul.output)] + (matmul.step?.variables.map { .variable($0) } ?? [])
        case .elementwise, .reduce, .gather, .scatterAdd, .assignRows, .random:
            return launch.writes.map { [memory($0)] } ?? []
        }
    }

    private mutating func folded(
        _ product: ScheduledLaunch, _ update: AdamUpdate, _ position: Int, _ scale: Operand, _ phases: [Phase]
    ) -> ScheduledLaunch {
        guard case .matmul(var matmul) = product.launch else { return product }
        let parameter = update.parameters[position]
        values.append(Value(type: parameter.type, storage: .variable(parameter)))
        matmul.output.value = values.count - 1
        matmul.step = ParameterStep(update: update.taking([position]), scale: scale, softUpdate: nil)
        return ScheduledLaunch(
            launch: .matmul(matmul), phases: product.phases + phases.filter { !product.phases.contains($0) })
    }

    private mutating func append(_ launch: ScheduledLaunch, folded: Bool) {
        launches.append(launch)
        isFolded.append(folded)
    }

    // MARK: Soft updates

    /// Moves pairs of soft updates into the folded products that make their sources.
    private mutating func foldSoftUpdates() {
        for index in launches.indices where isFolded[index] {
            guard case .matmul(var matmul) = launches[index].launch, let step = matmul.step,
                let (later, pair) = softUpdate(of: step.update.parameters[0], behind: index),
                case .softUpdate(let update) = launches[later].launch
            else { continue }
            matmul.step = ParameterStep(
                update: step.update, scale: step.scale,
                softUpdate: SoftUpdate(
                    targets: [update.targets[pair]], sources: [update.sources[pair]], rate: update.rate))
            launches[index] = ScheduledLaunch(
                launch: .matmul(matmul),
                phases: launches[index].phases
                    + launches[later].phases.filter { !launches[index].phases.contains($0) })
            let rest = update.targets.indices.filter { $0 != pair }
            launches[later] = ScheduledLaunch(
                launch: .softUpdate(
                    SoftUpdate(
                        targets: rest.map { update.targets[$0] }, sources: rest.map { update.sources[$0] },
                        rate: update.rate)), phases: launches[later].phases)
        }
        let kept = launches.indices.filter {
            if case .softUpdate(let update) = launches[$0].launch { return !update.targets.isEmpty }
            return true
        }
        (launches, isFolded) = (kept.map { launches[$0] }, kept.map { isFolded[$0] })
    }

    /// The first soft update from a parameter behind a launch, if nothing from the launch on meets the target or changes the parameter.
    private func softUpdate(of parameter: Variable, behind index: Int) -> (launch: Int, pair: Int)? {
        for later in launches.indices where later > index {
            guard case .softUpdate(let update) = launches[later].launch,
                let pair = update.sources.firstIndex(of: parameter)
            else { continue }
            let (source, target) = (Memory.variable(parameter), Memory.variable(update.targets[pair]))
            let isUndisturbed =
                !uses(of: launches[index].launch).contains(target)
                && launches[index + 1..<later].allSatisfy {
                    !uses(of: $0.launch).contains(target) && !changes(of: $0.launch).contains(source)
                }
            let isApart =
                !update.targets.contains(parameter) && !update.sources.contains(update.targets[pair])
                && update.targets.filter { $0 == update.targets[pair] }.count == 1
            return isUndisturbed && isApart ? (later, pair) : nil
        }
        return nil
    }

    /// All that a launch reads or changes.
    private func uses(of launch: Launch) -> [Memory] {
        var result = launch.reads.map(memory) + changes(of: launch)
        if case .softUpdate(let update) = launch { result += update.sources.map { .variable($0) } }
        return result
    }

    // MARK: Order

    /// Moves each folded product to directly behind the last launch that it has to wait for.
    private mutating func advanceFolded() {
        let predecessors = LaunchDependencies(launches.map(\.launch), values: values).predecessors
        var behind: [Int: [Int]] = [:]
        for index in launches.indices where isFolded[index] {
            behind[predecessors[index].last ?? -1, default: []].append(index)
        }
        var order: [Int] = []
        func append(_ index: Int) {
            if index >= 0 { order.append(index) }
            for product in behind[index] ?? [] { append(product) }
        }
        append(-1)
        for index in launches.indices where !isFolded[index] { append(index) }
        launches = order.map { launches[$0] }
    }
}

extension Schedule {
    /// The schedule with steps of Adam folded into the products that make the gradients, where `takesStep` says that the backend
    /// can do so.
    public func foldingSteps(where takesStep: (MatmulLaunch) -> Bool) -> Schedule {
        StepFolding.apply(to: self, takesStep: takesStep)
    }
}

extension AdamUpdate {
    /// The update of the parameters at these positions.
    fileprivate func taking(_ positions: [Int]) -> AdamUpdate {
        AdamUpdate(
            parameters: positions.map { parameters[$0] }, firstMoments: positions.map { firstMoments[$0] },
            secondMoments: positions.map { secondMoments[$0] }, beta1: beta1, beta2: beta2, epsilon: epsilon)
    }
}
