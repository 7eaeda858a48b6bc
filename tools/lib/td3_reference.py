"""TD3 in PyTorch, as the reference scripts run it: targets, one actor step, a whole update, hyperparameters. The critic's
step is update_reference.step_critic."""
import copy

from update_reference import ADAM, SIZES, gradients, make_adam, soft_update, step_critic

HYPERPARAMETERS = {
    "discount": 0.99, "target_rate": 0.005, "policy_delay": 2, "target_noise": 0.2, "target_noise_clip": 0.5,
    # Larger than in the paper, so that six updates move the weights far enough to show a wrong optimiser.
    "critic_learning_rate": 1e-2, "actor_learning_rate": 3e-3, "max_action": 1.0, **ADAM,
}


class TD3:
    """TD3 (Fujimoto et al. 2018, Algorithm 1) on a twin critic.

    - h: the hyperparameters; `make_adam(parameters, learning_rate)` makes each optimiser.
    - sizes: of state, action and the actor's hidden layers.
    """

    def __init__(self, make_critic, h=HYPERPARAMETERS, make_adam=make_adam, sizes=SIZES):
        from pytorch_models import Actor, Twin, scale_weights
        self.h = h
        # Scaled weights bring actions near their bound, so that the clip has work.
        self.actor = scale_weights(Actor(sizes["state"], sizes["action"], sizes["actor_hidden"], h["max_action"]), 2)
        self.critic = Twin(make_critic)
        self.actor_target = copy.deepcopy(self.actor).requires_grad_(False)
        self.critic_target = copy.deepcopy(self.critic).requires_grad_(False)
        self.critic_target.eval()
        self.critic_optimizer = make_adam(self.critic.parameters(), h["critic_learning_rate"])
        self.actor_optimizer = make_adam(self.actor.parameters(), h["actor_learning_rate"])

    def targets(self, batch, noise):
        """y = r + discount (1 - terminated) min Q'(s', clip(pi'(s') + clip(noise))), shape [batch]; and coverage."""
        import torch
        h = self.h
        with torch.no_grad():
            limit = h["target_noise_clip"] * h["max_action"]
            scaled = noise * h["target_noise"] * h["max_action"]
            proposed = self.actor_target(batch["next_state"]) + scaled.clamp(-limit, limit)
            action = proposed.clamp(-h["max_action"], h["max_action"])
            values = self.critic_target(batch["next_state"], action)
            y = batch["reward"] + h["discount"] * (1 - batch["terminated"]) * values.min(0).values
        seen = {"noise clipped": bool((scaled.abs() > limit).any()), "action clipped": bool((action != proposed).any()),
                "first twin lower": bool((values[0] < values[1]).any()),
                "second twin lower": bool((values[1] < values[0]).any())}
        return y, seen

    def actor_step(self, batch):
        """One Adam step on -mean Q1(s, pi(s)) with the critic just updated. Returns the loss."""
        loss = -self.critic[0](batch["state"], self.actor(batch["state"])).mean()
        self.actor_optimizer.zero_grad()
        loss.backward()
        self.actor_optimizer.step()
        return loss.detach()

    def update(self, k, batch, noise):
        """Update k, from 1, of everything that is due. Returns targets, values, metrics, gradients and coverage.

        Gradients are those of each step, by the engine's names; metrics are from before the steps.
        """
        y, seen = self.targets(batch, noise)
        loss, values = step_critic(self.critic, self.critic_optimizer, batch, y)
        result = {"targets": y, "values": values, "seen": [seen], "gradients": gradients("critic", self.critic),
                  "metrics": {"critic_loss": loss, "value_mean": values.mean()}}
        if k % self.h["policy_delay"] == 0:
            result["metrics"]["actor_loss"] = self.actor_step(batch)
            result["gradients"].update(gradients("actor", [self.actor]))
            soft_update([(self.critic_target, self.critic), (self.actor_target, self.actor)], self.h["target_rate"])
        return result
