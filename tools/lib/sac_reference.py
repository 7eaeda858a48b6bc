"""SAC in PyTorch, as the reference scripts run it: targets, one step of actor and entropy coefficient, a whole update,
hyperparameters. The critic's step is update_reference.step_critic."""
import copy
import math

from update_reference import ACTION, ADAM, SIZES, gradients, make_adam, soft_update, step_critic

HYPERPARAMETERS = {
    "discount": 0.99, "target_rate": 0.005, "reward_scale": 5.0, "entropy": 0.7, "max_action": 1.5,
    "log_std_min": -20.0, "log_std_max": 2.0, "target_entropy": -float(ACTION),
    # Larger than in the paper, so that six updates move the weights far enough to show a wrong optimiser.
    "critic_learning_rate": 1e-2, "actor_learning_rate": 3e-3, "entropy_learning_rate": 3e-2, **ADAM,
}


class SAC:
    """SAC (Haarnoja et al. 2018) in the authors' order: critics, then actor, then entropy coefficient, then targets.

    - is_automatic: whether the entropy coefficient is learned.
    - h: the hyperparameters; `make_adam(parameters, learning_rate)` makes each optimiser.
    - sizes: of state, action and the actor's hidden layers; at least three actions.
    """

    def __init__(self, make_critic, is_automatic, h=HYPERPARAMETERS, make_adam=make_adam, sizes=SIZES):
        import torch
        from pytorch_models import MLP, Twin, scale_weights
        self.h, self.action_size = h, sizes["action"]
        self.actor = scale_weights(MLP([sizes["state"], *sizes["actor_hidden"], 2 * self.action_size]), 2)
        with torch.no_grad():
            # Two of the log-deviations lie about the ends of their range, so that the clamp has work.
            self.actor.layers[-1].bias[self.action_size:][:3] += torch.tensor([0.0, h["log_std_max"], h["log_std_min"]])
        self.critic = Twin(make_critic)
        self.critic_target = copy.deepcopy(self.critic).requires_grad_(False)
        self.critic_target.eval()
        self.critic_optimizer = make_adam(self.critic.parameters(), h["critic_learning_rate"])
        self.actor_optimizer = make_adam(self.actor.parameters(), h["actor_learning_rate"])
        self.log_alpha = torch.zeros(1, requires_grad=True) if is_automatic else None
        if is_automatic:
            self.entropy_optimizer = make_adam([self.log_alpha], h["entropy_learning_rate"])

    @property
    def alpha(self):
        return self.log_alpha.exp().detach() if self.log_alpha is not None else self.h["entropy"]

    def sample(self, state, noise):
        """A squashed Gaussian sample, its log-probability [batch], and the log-deviations before their clamp."""
        import torch
        h = self.h
        mean, raw = self.actor(state).split(self.action_size, 1)
        log_std = raw.clamp(h["log_std_min"], h["log_std_max"])
        u = mean + log_std.exp() * noise
        normal = -0.5 * noise ** 2 - log_std - 0.5 * math.log(2 * math.pi)
        # Not torch's softplus, which is off by up to 2e-9: above 20 it returns its argument.
        softplus = torch.logaddexp(-2 * u, torch.zeros_like(u))
        correction = 2 * (math.log(2) - u - softplus) + math.log(h["max_action"])
        self.check(mean, log_std, u, normal - correction)
        return h["max_action"] * torch.tanh(u), (normal - correction).sum(1), raw

    def check(self, mean, log_std, u, log_probability):
        """PyTorch's own distributions give the same densities, where float64 can form them from the action."""
        import torch
        from torch.distributions import AffineTransform, Normal, TanhTransform, TransformedDistribution
        limit = self.h["max_action"]
        squashed = TransformedDistribution(Normal(mean, log_std.exp()), [TanhTransform(), AffineTransform(0, limit)])
        theirs = squashed.log_prob(limit * torch.tanh(u))
        sane = (u.abs() < 5) & (log_std > -5)
        assert sane.any() and torch.allclose(theirs[sane], log_probability[sane], rtol=1e-6, atol=1e-8)

    def targets(self, batch, noise):
        """y = c r + discount (1 - terminated) (min Q'(s', a') - alpha log pi(a'|s')), shape [batch]; and coverage."""
        import torch
        h = self.h
        with torch.no_grad():
            action, log_probability, raw = self.sample(batch["next_state"], noise)
            values = self.critic_target(batch["next_state"], action)
            soft = values.min(0).values - self.alpha * log_probability
            y = h["reward_scale"] * batch["reward"] + h["discount"] * (1 - batch["terminated"]) * soft
        return y, self.coverage("target", values, raw)

    def actor_step(self, batch, noise):
        """One Adam step on mean(alpha log pi - min Q(s, a)); then one of log alpha. Returns loss, log pi, coverage."""
        action, log_probability, raw = self.sample(batch["state"], noise)
        values = self.critic(batch["state"], action)
        loss = (self.alpha * log_probability - values.min(0).values).mean()
        self.actor_optimizer.zero_grad()
        loss.backward()
        self.actor_optimizer.step()
        if self.log_alpha is not None:
            entropy_loss = -(self.log_alpha * (log_probability + self.h["target_entropy"]).detach()).mean()
            self.entropy_optimizer.zero_grad()
            entropy_loss.backward()
            self.entropy_optimizer.step()
        return loss.detach(), log_probability.detach().mean(), self.coverage("actor", values, raw)

    def coverage(self, what, values, raw):
        h = self.h
        return {f"{what}: first twin lower": bool((values[0] < values[1]).any()),
                f"{what}: second twin lower": bool((values[1] < values[0]).any()),
                f"{what}: log-deviation above its range": bool((raw > h["log_std_max"]).any()),
                f"{what}: log-deviation below its range": bool((raw < h["log_std_min"]).any()),
                f"{what}: log-deviation near both ends, inside": bool(
                    ((raw > h["log_std_min"]) & (raw < h["log_std_min"] + 1)).any()
                    and ((raw < h["log_std_max"]) & (raw > h["log_std_max"] - 1)).any())}

    def update(self, batch, next_noise, noise):
        """One update of everything. Returns targets, values, metrics, gradients and coverage.

        Gradients are those of each step, by the engine's names; metrics are from before the steps.
        """
        import torch
        y, seen = self.targets(batch, next_noise)
        alpha = torch.as_tensor(self.alpha)
        loss, values = step_critic(self.critic, self.critic_optimizer, batch, y)
        found = gradients("critic", self.critic)
        actor_loss, log_probability, seen_by_actor = self.actor_step(batch, noise)
        found.update(gradients("actor", [self.actor]))
        if self.log_alpha is not None:
            found["log_alpha"] = self.log_alpha.grad.reshape(1, 1, 1).clone()
        soft_update([(self.critic_target, self.critic)], self.h["target_rate"])
        return {"targets": y, "values": values, "seen": [seen, seen_by_actor], "gradients": found,
                "metrics": {"critic_loss": loss, "value_mean": values.mean(), "actor_loss": actor_loss,
                            "entropy": -log_probability, "entropy_coefficient": alpha.reshape(())}}
