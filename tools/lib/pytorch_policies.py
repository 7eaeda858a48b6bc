"""The meta-learners' networks as PyTorch modules: MAML's policies, PEARL's policy, critics and context encoder.

Written from their equations with PyTorch's own distributions, so that the engine is compared with something it shares
no code with. Every sample has its own row of the meta variable: `groups` rows are repeated, one after the other, and a
dynamic layer evaluates each sample by itself. docs/policies.md describes the networks.
"""
import torch
from torch import nn
from torch.nn import functional as F

from pytorch_critics import Primary
from pytorch_models import MLP, DynamicLayer


def repeated(rows, samples):
    """Rows [groups, n] for samples that form groups of equal size, one after the other."""
    return rows.repeat_interleave(samples // len(rows), 0)


class Dynamic(nn.Module):
    """A hypernetwork with one hidden layer and output layers of the given sizes, all on that hidden layer."""

    def __init__(self, meta, base, outputs, hidden, widths):
        super().__init__()
        self.primary = Primary(meta, widths)
        sizes = [(base, hidden)] + [(hidden, output) for output in outputs]
        self.dynamic = nn.ModuleDict({
            str(position + 1): DynamicLayer(self.primary.latent, *size) for position, size in enumerate(sizes)})

    def generate(self, meta, base):
        latent = self.primary(meta)
        first, *outputs = self.dynamic.values()
        value = F.relu(first(latent, base))
        return [layer(latent, value) for layer in outputs]


class MLPPolicy(MLP):
    """MAML's policies vanilla and context."""

    def __init__(self, kind, state, context, action, sizes):
        super().__init__([state + (context if kind == "context" else 0), *sizes["policy_hidden"], action])
        self.kind = kind
        self.log_deviation = nn.Parameter(torch.zeros(action))

    def forward(self, state, context):
        if self.kind == "context":
            state = torch.cat([state, repeated(context, len(state))], 1)
        return super().forward(state), self.log_deviation.clamp(min=-13.815510557964274)


class HyperPolicy(Dynamic):
    """MAML's policy hyper."""

    def __init__(self, state, context, action, sizes):
        super().__init__(context, state, [action], sizes["hyper_hidden"], sizes["widths"])
        self.log_deviation = nn.Parameter(torch.zeros(action))

    def forward(self, state, context):
        mean, = self.generate(repeated(context, len(state)), state)
        return mean, self.log_deviation.clamp(min=-13.815510557964274)


class LatentPolicyMLP(MLP):
    """PEARL's policy: mean and log standard deviation."""

    def __init__(self, state, latent, action, sizes):
        super().__init__([state + latent, *sizes["hidden"], 2 * action])

    def forward(self, state, latent):
        mean, log_deviation = super().forward(torch.cat([state, repeated(latent, len(state))], 1)).chunk(2, 1)
        return mean, log_deviation.clamp(-20, 2)


class LatentPolicyHyper(Dynamic):
    """Hyper-PEARL's policy."""

    def __init__(self, state, latent, action, sizes):
        super().__init__(latent, state, [action, action], sizes["hyper_hidden"], sizes["widths"])

    def forward(self, state, latent):
        mean, log_deviation = self.generate(repeated(latent, len(state)), state)
        return mean, log_deviation.clamp(-20, 2)


class LatentValueMLP(MLP):
    """PEARL's Q(s, a, z), or V(s, z) without an action."""

    def __init__(self, state, others, sizes):
        super().__init__([state + others, *sizes["hidden"], 1])

    def forward(self, state, latent, action=None):
        others = [] if action is None else [action]
        return super().forward(torch.cat([state, *others, repeated(latent, len(state))], 1))


class LatentValueHyper(Dynamic):
    """Hyper-PEARL's Q(s, a, z), or V(s, z) without an action."""

    def __init__(self, state, others, sizes):
        super().__init__(state, others, [1], sizes["hyper_hidden"], sizes["widths"])

    def forward(self, state, latent, action=None):
        others = [] if action is None else [action]
        return self.generate(state, torch.cat([*others, repeated(latent, len(state))], 1))[0]


class Encoder(MLP):
    """PEARL's context encoder: the product of one normal distribution per transition, [groups, latent] each."""

    def __init__(self, transition, latent, sizes):
        super().__init__([transition, *sizes["hidden"], 2 * latent])

    def forward(self, transitions, groups):
        mean, raw = super().forward(transitions).view(groups, -1, self.layers[-1].out_features).chunk(2, 2)
        variances = F.softplus(raw).clamp(min=1e-7)
        variance = 1 / (1 / variances).sum(1)
        return variance * (mean / variances).sum(1), variance
