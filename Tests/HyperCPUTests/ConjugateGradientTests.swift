import HyperCPU
import HyperReference
import HyperTensor
import HyperTestSupport
import Testing

@Suite struct ConjugateGradientTests {
    /// Scalars in double, vectors in float32: what is left shrinks by the same ten orders as with doubles everywhere.
    @Test(arguments: [1, 2]) func scalarsStayInDouble(_ threads: Int) throws {
        let problem = try ConjugateGradient(size: 96)
        let exact = try problem.solve(12, on: ReferenceBackend())
        let got = try problem.solve(12, on: CPUBackend(threads: threads))
        #expect(exact.left < 1e-9 && got.left < 2e-9)
        let largest = exact.x.map(\.magnitude).max() ?? 0
        #expect(zip(got.x, exact.x).allSatisfy { ($0 - $1).magnitude < 1e-5 * largest })
    }

    /// Vectors are stepped where they lie: an iteration has no copy, and its scratch is what products need.
    @Test func vectorsAreSteppedInPlace() throws {
        let problem = try ConjugateGradient(size: 96)
        let schedule = try CPUBackend(threads: 1).schedule(problem.iteration(), varying: nil)
        #expect(!schedule.launches.contains { $0.launch.name == "copy" }, "\(schedule)")
        #expect(schedule.scratchCount <= 8 * 128)
    }
}
