/// What the paper reports (arXiv 2106.06842v1), for its tables beside ours.
public enum PaperNumbers {
    /// Mean and standard deviation over 5 seeds.
    public struct Value: Hashable, Sendable {
        public let mean: Double
        public let deviation: Double
    }

    /// The tasks in the order of Tables 2, 4 and 6: the paper's name and ours.
    public static let tasks: KeyValuePairs = [
        "Hopper": "Hopper-v2", "Walker2d": "Walker2d-v2", "Ant": "AntNoControlCost-v2", "HalfCheetah": "HalfCheetah-v2",
    ]

    /// The highest rewards of one algorithm.
    public struct HighestRewards: Sendable {
        /// The paper's number of the table.
        public let table: Int
        /// By critic, a value for each task.
        public let rows: [(critic: String, values: [Value])]

        fileprivate init(table: Int, _ rows: KeyValuePairs<String, [Double]>) {
            self.table = table
            self.rows = rows.map { critic, numbers in
                (critic, stride(from: 0, to: 8, by: 2).map { Value(mean: numbers[$0], deviation: numbers[$0 + 1]) })
            }
        }
    }

    /// By the algorithm's name: Tables 4 and 6.
    public static let highestRewards = [
        "td3": HighestRewards(table: 4, td3), "sac": HighestRewards(table: 6, sac),
    ]

    private static let td3: KeyValuePairs<String, [Double]> = [
        "mlp-standard": [3256, 211, 3449, 730, 3524, 617, 10384, 923],
        "mlp-large": [3156, 368, 4527, 397, 6042, 731, 9467, 1978],
        "mlp-small": [1756, 926, 1799, 538, 3215, 267, 6071, 256],
        "resnet-features": [307, 173, 343, 349, 1001, 1, 2474, 2184],
        "resnet35": [2213, 1431, 4411, 703, 4042, 215, 9621, 1072],
        "q-d2rl": [3347, 270, 4408, 473, 3736, 881, 10023, 867],
        "as-hyper": [2633, 391, 1905, 985, 4513, 759, 7669, 667],
        "emb-hyper": [2261, 728, 2446, 676, 2949, 741, 6915, 374],
        "sa-hyper": [3418, 318, 5412, 445, 4660, 1194, 11423, 560],
    ]

    private static let sac: KeyValuePairs<String, [Double]> = [
        "mlp-standard": [3160, 327, 4258, 413, 3323, 389, 10225, 324],
        "mlp-large": [3549, 160, 3550, 936, 2100, 1322, 8853, 1663],
        "mlp-small": [2806, 425, 2629, 804, 2735, 589, 6229, 475],
        "resnet-features": [3038, 1129, 2936, 896, 1002, 1, 2755, 2114],
        "resnet35": [3525, 40, 2923, 1369, 1138, 252, 10096, 468],
        "q-d2rl": [3612, 51, 4638, 441, 3684, 1207, 10224, 1090],
        "sa-hyper": [3527, 40, 4844, 254, 3385, 983, 10600, 950],
    ]

    /// One row of Table 2: total-variation distance of generated weights to mlp-small's, in percent.
    public struct DistanceRow: Sendable {
        /// Of the dynamic network, from 1.
        public let layer: Int
        /// Whether after 100,000 steps, not at the start.
        public let isTrained: Bool
        /// `ours` or `pytorch`.
        public let initialization: String
        /// By task.
        public let values: [Double]
    }

    public static let weightDistances = [
        DistanceRow(layer: 1, isTrained: false, initialization: "ours", values: [31.4, 23.9, 13.6, 29.4]),
        DistanceRow(layer: 1, isTrained: false, initialization: "pytorch", values: [16.3, 20.5, 9.2, 8.8]),
        DistanceRow(layer: 2, isTrained: false, initialization: "ours", values: [34.8, 30.77, 37.7, 36.9]),
        DistanceRow(layer: 2, isTrained: false, initialization: "pytorch", values: [24.7, 39.6, 11.2, 29.3]),
        DistanceRow(layer: 1, isTrained: true, initialization: "ours", values: [14.4, 19.6, 29.9, 16.4]),
        DistanceRow(layer: 1, isTrained: true, initialization: "pytorch", values: [24.9, 22.6, 34.0, 22.4]),
        DistanceRow(layer: 2, isTrained: true, initialization: "ours", values: [31.2, 28.5, 30.6, 21.1]),
        DistanceRow(layer: 2, isTrained: true, initialization: "pytorch", values: [32.11, 20.8, 30.7, 31.1]),
    ]
}
