"""One iteration of MAML with a trust region, by PyTorch's autograd in float64.

Every derivative, that of the adaptation included, is autograd's: no gradient, Hessian or product is written out. Steps
of an episode are rows, without masks or padding. tools/make-maml-reference defines every quantity.
"""
from dataclasses import dataclass

import torch
from torch.distributions import Independent, Normal, kl_divergence
from torch.func import functional_call
from torch.nn import functional as F

from hashed_numbers import filled
from pytorch_models import PARAMETERS, numbers
from pytorch_policies import HyperPolicy, MLPPolicy


@dataclass(frozen=True)
class Settings:
    """What an iteration can be told; tools/make-maml-reference says what each of them does."""
    adapts: bool = True
    inner_rate: float = 0.1
    order: str = "second"
    baseline: str = "training"
    divergence: str = "new-old"
    contexts: str = "scaled"
    discount: float = 0.95
    trace_decay: float = 1.0
    ridge: float = 1e-5
    damping: float = 1e-5
    iterations: int = 10
    residual: float = 1e-10
    limit: float = 0.01
    ratio: float = 0.8
    tries: int = 20


class TaskHyperPolicy(HyperPolicy):
    """MAML's policy hyper for the samples of one task: the primary network reads the task's context once."""

    def forward(self, state, context):
        latent = self.primary(context)

        def dynamic(layer, x):
            weight = layer.weight_head(latent).view(layer.outputs, layer.inputs)
            return (1 + layer.gain_head(latent)) * (x @ weight.T) + layer.bias_head(latent)

        first, second = self.dynamic.values()
        return dynamic(second, F.relu(dynamic(first, state))), self.log_deviation.clamp(min=-13.815510557964274)


class Policy:
    """A policy as a function of its parameters, which are a list of tensors in the order of `numbers`."""

    def __init__(self, kind, state, context, action, sizes):
        self.network = TaskHyperPolicy(state, context, action, sizes) if kind == "hyper" \
            else MLPPolicy(kind, state, context, action, sizes)
        self.numbers = numbers(self.network)[PARAMETERS]
        paths = {id(parameter): path for path, parameter in self.network.named_parameters()}
        self.paths = [paths[id(number.tensor)] for number in self.numbers]

    def from_engine(self, value):
        """Parameters from a function of a name and a shape [1, ...] in the engine's layout."""
        result = []
        for number in self.numbers:
            shape = (1, *number.to_engine(number.tensor.detach()).shape)
            result.append(number.from_engine(torch.from_numpy(value(number.name, shape))[0]).contiguous())
        return result

    def distribution(self, parameters, observations, context):
        """pi(. | s, c) for observations [samples, S] of one task with context [1, C]."""
        mean, log_deviation = functional_call(
            self.network, dict(zip(self.paths, parameters)), (observations, context))
        return Independent(Normal(mean, log_deviation.exp().expand_as(mean)), 1)


def dot(a, b):
    return sum((x * y).sum() for x, y in zip(a, b))


def axpy(factor, x, y):
    """factor x + y."""
    return [factor * u + v for u, v in zip(x, y)]


# The baseline and the advantages. An episode is a dictionary of observations [n, S], actions [n, A] and rewards [n].

def features(episode):
    """[n, 2 S + 4]."""
    o = episode["observations"]
    u = (torch.arange(len(o)).double()[:, None] + 1) / 100
    return torch.cat([o, o * o, u, u ** 2, u ** 3, torch.ones_like(u)], 1)


def discounted(values, factor):
    """x_t + factor x_{t+1} + factor^2 x_{t+2} + ... of values [n]."""
    result = values.clone()
    for t in range(len(values) - 2, -1, -1):
        result[t] = values[t] + factor * result[t + 1]
    return result


def fit(episodes, settings, flipped=False):
    """The baseline's weights [2 S + 4] of one task.

    Ridge regression as the least squares of rows with the ridge's root below them: this keeps twice as many digits as
    the normal equations.
    """
    x = torch.cat([features(episode) for episode in episodes])
    g = torch.cat([discounted(episode["rewards"], settings.discount) for episode in episodes])
    if flipped:
        x, g = x.flip(0), g.flip(0)
    x = torch.cat([x, settings.ridge ** 0.5 * torch.eye(x.shape[1])])
    return torch.linalg.lstsq(x, torch.cat([g, torch.zeros(x.shape[1])])[:, None], driver="gels").solution[:, 0]


def advantages(episodes, weights, settings, flipped=False):
    """Values, and advantages before and after they are normalised: three lists of [n], one for each episode."""
    values, raw = [], []
    for episode in episodes:
        v = features(episode) @ weights
        delta = episode["rewards"] + settings.discount * torch.cat([v[1:], torch.zeros(1)]) - v
        values.append(v)
        raw.append(discounted(delta, settings.discount * settings.trace_decay))
    every = torch.cat(raw)
    every = every.flip(0) if flipped else every
    mean = every.mean()
    deviation = ((every - mean) ** 2).mean().sqrt()
    return values, raw, [(a - mean) / (deviation + 1e-8) for a in raw]


class Rows:
    """The steps of one task as rows: observations [M, S], actions [M, A], advantages [M]."""

    def __init__(self, episodes, task_advantages, flipped):
        def joined(parts):
            rows = torch.cat(list(parts))
            return rows.flip(0) if flipped else rows

        self.observations = joined(episode["observations"] for episode in episodes)
        self.actions = joined(episode["actions"] for episode in episodes)
        self.advantages = joined(task_advantages)


class Iteration:
    """The losses of one iteration as functions of the parameters theta.

    - train: `Rows` of each task.
    - contexts: [N, C].
    """

    def __init__(self, policy, train, contexts, settings):
        self.policy, self.train, self.contexts, self.settings = policy, train, contexts, settings
        self.tasks = range(len(train))

    def begin_outer(self, theta, valid):
        """Takes the validation rows, and the policies at theta as the old ones."""
        self.valid = valid
        with torch.no_grad():
            self.old = [self.distribution(adapted, i, valid)
                        for i, adapted in enumerate(self.adapted(theta, i, False) for i in self.tasks)]
            self.old_log_probability = [p.log_prob(valid[i].actions) for i, p in enumerate(self.old)]

    def distribution(self, parameters, i, rows):
        return self.policy.distribution(parameters, rows[i].observations, self.contexts[i:i + 1])

    def inner_loss(self, theta, i):
        """L_i."""
        log_probability = self.distribution(theta, i, self.train).log_prob(self.train[i].actions)
        return -(log_probability * self.train[i].advantages).mean()

    @torch.enable_grad()
    def adapted(self, theta, i, differentiable):
        """theta_i; with its derivatives in theta if that is wanted, and the order is the second."""
        if not self.settings.adapts:
            return theta
        if not differentiable:
            theta = leaves(theta)
        gradient = torch.autograd.grad(
            self.inner_loss(theta, i), theta, create_graph=differentiable and self.settings.order == "second")
        return [p - self.settings.inner_rate * g for p, g in zip(theta, gradient)]

    def surrogate(self, adapted, i):
        """S of one task at its adapted parameters."""
        log_probability = self.distribution(adapted, i, self.valid).log_prob(self.valid[i].actions)
        return -((log_probability - self.old_log_probability[i]).exp() * self.valid[i].advantages).mean()

    def divergences(self, adapted, i):
        """KL(new || old) and KL(old || new) of one task."""
        new = self.distribution(adapted, i, self.valid)
        return kl_divergence(new, self.old[i]).mean(), kl_divergence(self.old[i], new).mean()

    def outer(self, theta, differentiable=False):
        """S_i, KL(new || old) and KL(old || new) of each task: [3, N]."""
        rows = []
        with torch.set_grad_enabled(differentiable):
            for i in self.tasks:
                adapted = self.adapted(theta, i, differentiable)
                rows.append(torch.stack([self.surrogate(adapted, i), *self.divergences(adapted, i)]))
        return torch.stack(rows, 1)

    def constraint(self, losses):
        """K of what `outer` returned: the mean of the divergence that the settings name."""
        return losses[1 if self.settings.divergence == "new-old" else 2].mean()


def leaves(theta):
    return [p.detach().clone().requires_grad_() for p in theta]


def outer_gradient(iteration, theta):
    theta = leaves(theta)
    return torch.autograd.grad(iteration.outer(theta, True)[0].mean(), theta)


def make_product(iteration, theta):
    """f(v) = (second derivative of K at theta) v + damping v, as a function of v."""
    theta = leaves(theta)
    gradient = torch.autograd.grad(iteration.constraint(iteration.outer(theta, True)), theta, create_graph=True)

    def product(v):
        return axpy(iteration.settings.damping, v,
                    torch.autograd.grad(gradient, theta, grad_outputs=list(v), retain_graph=True))

    return product


def hessian_product(loss, parameters, v):
    """The second derivative of a loss of the parameters, times v."""
    parameters = leaves(parameters)
    gradient = torch.autograd.grad(loss(parameters), parameters, create_graph=True)
    return torch.autograd.grad(gradient, parameters, grad_outputs=list(v))


def conjugate_gradient(product, g, settings):
    """Iterates of A x = g from x = 0.

    Returns x and the residual r after each iteration, the directions p and products A p of each iteration, r.r before
    the first and after each, and p.A p.
    """
    x, r, p = [torch.zeros_like(v) for v in g], list(g), list(g)
    rr = dot(r, r)
    history = {"x": [], "r": [], "p": [], "product": [], "rr": [rr], "pap": []}
    for _ in range(settings.iterations):
        z = product(p)
        pap = dot(p, z)
        alpha = rr / pap
        history["p"].append(p)
        x, r = axpy(alpha, p, x), axpy(-alpha, z, r)
        previous, rr = rr, dot(r, r)
        for name, value in (("x", x), ("r", r), ("product", z), ("rr", rr), ("pap", pap)):
            history[name].append(value)
        if rr < settings.residual:
            break
        p = axpy(rr / previous, p, r)
    return history


def line_search(iteration, theta, step, beyond=2):
    """Tries theta - ratio^k step; goes `beyond` the accepted one to have something to compare.

    Returns the losses [tries made, 3] (S, KL(new || old), KL(old || new)), the accepted k or -1, and the new theta.
    """
    settings = iteration.settings
    start = iteration.outer(theta).mean(1)[0]
    losses, accepted = [], -1
    for k in range(settings.tries):
        if accepted >= 0 and k > accepted + beyond:
            break
        found = iteration.outer(axpy(-settings.ratio ** k, step, theta))
        losses.append(found.mean(1))
        if accepted < 0 and start - losses[-1][0] > 0 and iteration.constraint(found) < settings.limit:
            accepted = k
    final = theta if accepted < 0 else axpy(-settings.ratio ** accepted, step, theta)
    return torch.stack(losses), accepted, final


def direction(policy):
    """The direction of the stored products."""
    return policy.from_engine(lambda name, shape: filled(f"direction.{name}", shape))
