import CSIMD
import HyperTensor

extension LaunchBuilder {
    func adam(_ update: AdamUpdate, _ gradients: [Operand], _ scale: Operand) throws -> hr_launch? {
        var segments: [hr_adam_segment] = []
        var units = 0
        for (index, parameter) in update.parameters.enumerated() where parameter.type.count > 0 {
            segments.append(
                hr_adam_segment(
                    parameter: try memory.state.address(of: parameter),
                    first: try memory.state.address(of: update.firstMoments[index]),
                    second: try memory.state.address(of: update.secondMoments[index]),
                    gradient: UnsafePointer(memory.address(gradients[index])), count: parameter.type.count,
                    first_unit: units))
            units += blocks(parameter.type.count, of: Int(HR_UPDATE_ELEMENTS))
        }
        let adam = hr_adam(
            rule: rule(update, scale), segments: arguments.keep(segments), segment_count: segments.count)
        return make(kernels.adam, adam, units: units, work: segments.reduce(0) { $0 + $1.count } * 8)
    }

    func rule(_ update: AdamUpdate, _ scale: Operand) -> hr_adam_rule {
        hr_adam_rule(
            beta1: Float(update.beta1), beta2: Float(update.beta2), epsilon: Float(update.epsilon),
            complement1: Float(1 - update.beta1), complement2: Float(1 - update.beta2),
            scale: UnsafePointer(memory.address(scale)))
    }

    func softUpdate(_ update: SoftUpdate) throws -> hr_launch? {
        var segments: [hr_soft_segment] = []
        for (target, source) in zip(update.targets, update.sources) where target.type.count > 0 {
            let next = hr_soft_segment(
                target: try memory.state.address(of: target),
                source: UnsafePointer(try memory.state.address(of: source)),
                count: target.type.count, first_unit: 0)
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
            segments: arguments.keep(segments), segment_count: segments.count, rate: Float(update.rate))
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
