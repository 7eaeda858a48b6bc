import HyperEnvironments

extension EnvironmentSnapshot {
    /// Adds everything, under names that begin with `environment.`.
    func save(into values: inout SavedValues) {
        values["environment.id"] = .text(id)
        values["environment.positions"] = .doubles(positions)
        values["environment.velocities"] = .doubles(velocities)
        values["environment.acceleration_warmstart"] = .doubles(accelerationWarmstart)
        values["environment.time"] = .doubles([time])
        values["environment.torso_position"] = .doubles(torsoPosition)
        values["environment.observation"] = .doubles(observation)
        values["environment.episode"] = .integers([episodeIndex])
        values["environment.episode_step"] = .integers([episodeStep])
        values["environment.episode_return"] = .doubles([episodeReturn])
        switch goal {
        case .none: break
        case .direction(let sign): values["environment.goal_direction"] = .doubles([sign])
        case .velocity(let speed): values["environment.goal_velocity"] = .doubles([speed])
        }
        if let divergence { values["environment.divergence"] = .text(divergence.description) }
    }

    /// - Throws: `SavedValueError`.
    init(from values: SavedValues) throws {
        guard let id = try values.text("environment.id") else {
            throw SavedValueError(name: "environment.id", problem: "is missing")
        }
        var goal = TaskGoal.none
        if values["environment.goal_direction"] != nil {
            goal = .direction(try values.double("environment.goal_direction"))
        } else if values["environment.goal_velocity"] != nil {
            goal = .velocity(try values.double("environment.goal_velocity"))
        }
        self.init(
            id: id, positions: try values.doubles("environment.positions"),
            velocities: try values.doubles("environment.velocities"),
            accelerationWarmstart: try values.doubles("environment.acceleration_warmstart"),
            time: try values.double("environment.time"),
            torsoPosition: try values.doubles("environment.torso_position"),
            observation: try values.doubles("environment.observation"),
            episodeIndex: try values.count("environment.episode"),
            episodeStep: try values.count("environment.episode_step"),
            episodeReturn: try values.double("environment.episode_return"), goal: goal,
            divergence: try values.text("environment.divergence").map(Divergence.init(described:)))
    }
}

extension Divergence {
    /// The divergence whose description this is.
    init(described text: String) {
        let plain: [Divergence] = [.badPosition, .badVelocity, .badAcceleration, .badControl]
        let prefix = "error: "
        self =
            plain.first { $0.description == text }
            ?? .libraryError(text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text)
    }
}
