// Settings of a configuration's fields, one line each.
extension Setting {
    public static func integer(
        _ name: String, _ path: WritableKeyPath<Configuration, Int>, _ range: ClosedRange<Int>,
        unit: SettingUnit = .none, _ summary: String
    ) -> Setting {
        integer(name, range, unit: unit, summary) { _ in path }
    }

    /// An integer whose field depends on the configuration.
    static func integer(
        _ name: String, _ range: ClosedRange<Int>, unit: SettingUnit = .none, _ summary: String,
        at path: @escaping (Configuration) -> WritableKeyPath<Configuration, Int>
    ) -> Setting {
        Setting(
            name, .integer(range), unit: unit, summary, get: { .integer($0[keyPath: path($0)]) },
            put: { configuration, value in
                if case .integer(let value) = value { configuration[keyPath: path(configuration)] = value }
            })
    }

    public static func number(
        _ name: String, _ path: WritableKeyPath<Configuration, Double>, _ range: ClosedRange<Double>,
        unit: SettingUnit = .none, _ summary: String
    ) -> Setting {
        Setting(
            name, .number(range), unit: unit, summary, get: { .number($0[keyPath: path]) },
            put: { configuration, value in
                if case .number(let value) = value { configuration[keyPath: path] = value }
            })
    }

    /// A list of integers, as 256,512,1024.
    public static func integers(
        _ name: String, _ path: WritableKeyPath<Configuration, [Int]>, _ range: ClosedRange<Int>,
        count: ClosedRange<Int>, areDifferent: Bool = false, unit: SettingUnit = .none, _ summary: String
    ) -> Setting {
        Setting(
            name, .integers(range, count: count, areDifferent: areDifferent), unit: unit, summary,
            get: { .integers($0[keyPath: path]) },
            put: { configuration, value in
                if case .integers(let values) = value { configuration[keyPath: path] = values }
            })
    }

    public static func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ path: WritableKeyPath<Configuration, Value>, _ summary: String
    ) -> Setting {
        Setting(
            name, .choice(Value.allCases.map(\.rawValue)), summary, get: { .text($0[keyPath: path].rawValue) },
            put: { configuration, value in
                if let value = Value(rawValue: value.text) { configuration[keyPath: path] = value }
            })
    }

    public static func flag(
        _ name: String, _ path: WritableKeyPath<Configuration, Bool>, _ summary: String
    ) -> Setting {
        Setting(
            name, .flag, summary, get: { .flag($0[keyPath: path]) },
            put: { configuration, value in
                if case .flag(let value) = value { configuration[keyPath: path] = value }
            })
    }
}
