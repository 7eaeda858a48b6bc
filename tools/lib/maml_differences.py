"""Holds what autograd gave against what shares nothing with it: central differences, and a fit in longer numbers."""
import numpy
import torch
from torch.func import functional_call

from maml_reference import (
    Iteration, axpy, direction, discounted, dot, features, hessian_product, leaves, make_product, outer_gradient)
from pytorch_policies import HyperPolicy

STEP, TOLERANCE = 1e-6, 1e-6


def norm(vector):
    return dot(vector, vector).sqrt()


def difference(function, theta, v):
    """The derivative of a function, which returns a list of tensors, at theta along v."""
    ahead, behind = function(axpy(STEP, v, theta)), function(axpy(-STEP, v, theta))
    return [(a - b) / (2 * STEP) for a, b in zip(ahead, behind)]


def check_derivatives(run):
    """Compares the first case's derivatives of a small run; returns what was compared and the relative errors."""
    settings = next(iter(run.fixture.cases.values()))[0]
    weights = run.fits(run.train, settings)
    iteration = Iteration(run.policy, run.rows(run.train, weights, settings),
                          run.tasks.contexts[settings.contexts], settings)
    iteration.begin_outer(run.theta, run.rows(run.valid, weights, settings))
    theta, v = run.theta, direction(run.policy)
    errors = {}

    def compare(name, ours, differences):
        errors[name] = (norm(axpy(-1, differences, ours)) / norm(differences)).item()

    def inner_gradient(parameters, i):
        parameters = leaves(parameters)
        return torch.autograd.grad(iteration.inner_loss(parameters, i), parameters)

    def constraint_gradient(parameters):
        parameters = leaves(parameters)
        return torch.autograd.grad(iteration.constraint(iteration.outer(parameters, True)), parameters)

    for i in iteration.tasks:
        along = dot(inner_gradient(theta, i), v)
        compare(f"inner gradient {i}", [along], difference(
            lambda p: [iteration.inner_loss(p, i).detach()], theta, v))
        compare(f"inner product {i}", hessian_product(lambda p: iteration.inner_loss(p, i), theta, v),
                difference(lambda p: inner_gradient(p, i), theta, v))
    if run.fixture.kind == "hyper":
        # The network that runs its primary part for every sample.
        fixture = run.fixture
        other = HyperPolicy(fixture.state, 1, fixture.action, fixture.sizes)
        mean, _ = functional_call(other, dict(zip(run.policy.paths, theta)),
                                  (iteration.train[0].observations, iteration.contexts[:1]))
        compare("network", [iteration.distribution(theta, 0, iteration.train).mean], [mean])
    compare("outer gradient", [dot(outer_gradient(iteration, theta), v)],
            difference(lambda p: [iteration.outer(p)[0].mean()], theta, v))
    compare("product", axpy(-settings.damping, v, make_product(iteration, theta)(v)),
            difference(constraint_gradient, theta, v))
    return errors


def normal_equations(episodes, settings):
    """The baseline's weights by the normal equations in float64, the least accurate of the right ways."""
    x = torch.cat([features(episode) for episode in episodes])
    g = torch.cat([discounted(episode["rewards"], settings.discount) for episode in episodes])
    a = x.T @ x + settings.ridge * torch.eye(x.shape[1])
    return torch.cholesky_solve((x.T @ g)[:, None], torch.linalg.cholesky(a))[:, 0], torch.linalg.cond(a).item()


def exact_fit(episodes, settings):
    """The baseline's weights by the normal equations and Cholesky's method, in the machine's longest numbers."""
    real = numpy.longdouble
    x = torch.cat([features(episode) for episode in episodes]).numpy().astype(real)
    g = torch.cat([discounted(episode["rewards"], settings.discount) for episode in episodes]).numpy().astype(real)
    a, b = x.T @ x + real(settings.ridge) * numpy.eye(x.shape[1], dtype=real), x.T @ g
    n = len(b)
    lower = numpy.zeros((n, n), dtype=real)
    for j in range(n):
        lower[j, j] = numpy.sqrt(a[j, j] - lower[j, :j] @ lower[j, :j])
        for i in range(j + 1, n):
            lower[i, j] = (a[i, j] - lower[i, :j] @ lower[j, :j]) / lower[j, j]
    for i in range(n):
        b[i] = (b[i] - lower[i, :i] @ b[:i]) / lower[i, i]
    for i in range(n - 1, -1, -1):
        b[i] = (b[i] - lower[i + 1:, i] @ b[i + 1:]) / lower[i, i]
    return torch.from_numpy(b.astype(numpy.float64))
