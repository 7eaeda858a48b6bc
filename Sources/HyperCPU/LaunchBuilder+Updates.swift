import CSIMD
import HyperTensor

extension LaunchBuilder {
    func adam(_ launch: AdamLaunch) -> hr_launch? {
        var segments: [hr_adam_segment] = []
        var units = 0
        for (parameter, gradient) in zip(launch.parameters, launch.gradients) where gradient.view.count > 0 {
            segments.append(
                hr_adam_segment(
                    parameter: memory.bases[parameter.parameter.after],
                    first: memory.bases[parameter.firstMoment.after],
                    second: memory.bases[parameter.secondMoment.after],
                    gradient: UnsafePointer(memory.address(gradient)), count: gradient.view.count,
                    first_unit: units))
            units += blocks(gradient.view.count, of: Int(HR_UPDATE_ELEMENTS))
        }
        let adam = hr_adam(
            rule: rule(launch.rule, launch.scale), segments: arguments.keep(segments), segment_count: segments.count)
        return make(kernels.adam, adam, units: units, work: segments.reduce(0) { $0 + $1.count } * 8)
    }

    func rule(_ update: AdamRule, _ scale: Operand) -> hr_adam_rule {
        hr_adam_rule(
            beta1: Float(update.beta1), beta2: Float(update.beta2), epsilon: Float(update.epsilon),
            complement1: Float(1 - update.beta1), complement2: Float(1 - update.beta2),
            scale: UnsafePointer(memory.address(scale)))
    }

    func softUpdate(_ launch: SoftUpdateLaunch) -> hr_launch? {
        var segments: [hr_soft_segment] = []
        for (target, source) in zip(launch.targets, launch.sources) where source.view.count > 0 {
            let next = hr_soft_segment(
                target: memory.bases[target.after], source: UnsafePointer(memory.address(source)),
                count: source.view.count, first_unit: 0)
            if let last = segments.last, let gap = Self.gap(from: last, to: next) {
                segments[segments.count - 1].count += gap + next.count
            } else {
                segments.append(next)
            }
        }
        var units = 0
        for index in segments.indices {
            segments[index].first_unit = units
            units += blocks(segments[index].count, of: Int(HR_UPDATE_ELEMENTS))
        }
        let soft = hr_soft_update(
            segments: arguments.keep(segments), segment_count: segments.count, rate: Float(launch.rate))
        return make(kernels.soft_update, soft, units: units, work: segments.reduce(0) { $0 + $1.count } * 2)
    }

    /// The padding between two segments if the second follows the first in both arenas: less than 64 bytes, zero in both, so that one
    /// pass may cross it.
    private static func gap(from first: hr_soft_segment, to second: hr_soft_segment) -> Int? {
        let targetGap = second.target - (first.target + first.count)
        let sourceGap = second.source - (first.source + first.count)
        return targetGap == sourceGap && (0..<16).contains(targetGap) ? targetGap : nil
    }
}
