"""The fixtures of MAML's iteration: which policies, batches and settings, and what is recorded under which name.

tools/make-maml-reference describes names and shapes.
"""
import math
from dataclasses import asdict, dataclass, field, replace

import torch

from hashed_numbers import filled, start
from maml_batches import Tasks, episode_tensors, hashed, make_episodes, padded, rounded
from maml_reference import (
    Iteration, Policy, Rows, Settings, advantages, axpy, conjugate_gradient, direction, discounted, dot, fit,
    hessian_product, leaves, line_search, make_product, outer_gradient)

# The distance, along the direction of the products, of the point at which the losses' gradients are stored.
MOVED = 0.03
# Of a large policy a vector is stored as this many entries of every variable, a norm and a projection.
ENTRIES = 24
GOALS = (0.4, 2.9, 1.7, 0.9, 2.2, 1.2, 2.6)
# Groups of numbers that a case may store.
DATA, INNER, PIECES, OUTER, MOVE, TRACE, DIRECTIONS, SEARCH = range(8)
MOST = (DATA, INNER, PIECES, OUTER, MOVE, TRACE, SEARCH)
EVERYTHING = (*MOST, DIRECTIONS)


@dataclass(frozen=True)
class Fixture:
    """One file: a policy, its batches, and cases: name -> (settings, the groups of numbers that are recorded)."""
    kind: str
    state: int
    action: int
    lengths: dict
    cases: dict
    sizes: dict = field(default_factory=dict)
    # The groups whose vectors are stored as sketches.
    sketched: tuple = ()
    # The formula of the parameters.
    value: str = "start"


def small_fixtures():
    """Small policies; the hypernetwork's calm numbers keep its large inner rate from blowing up."""
    lengths = {"train": [[8, 5, 8, 3], [1, 8, 6, 8], [8, 8, 2, 7]], "valid": [[6, 8, 8, 2], [8, 8, 4, 8], [3, 8, 8, 5]]}
    common = {"state": 5, "action": 3, "lengths": lengths,
              "sizes": {"policy_hidden": [6, 7], "hyper_hidden": 5, "widths": [4, 6, 8]}}
    second = Settings()
    multi = Settings(adapts=False, inner_rate=0.0, order="first")

    def options(default, limit, tries):
        """Cases that any policy has. In `wide` and `exhausted` the search rejects, in the latter to the end."""
        wide = replace(default, limit=limit)
        return {"trace-decay": (replace(default, trace_decay=0.9), (DATA, OUTER, SEARCH)),
                "other-divergence": (replace(default, divergence="old-new"), (OUTER, SEARCH)),
                "damped": (replace(default, damping=1.0), (TRACE, SEARCH)),
                "early": (replace(default, damping=30.0), (SEARCH,)),
                "wide": (wide, (SEARCH,)),
                "wide-other-divergence": (replace(wide, divergence="old-new"), (SEARCH,)),
                "exhausted": (replace(wide, tries=tries), (SEARCH,))}

    def adapting(limit, tries):
        return {"second": (second, EVERYTHING),
                "first": (replace(second, order="first"), (OUTER, MOVE, TRACE, DIRECTIONS, SEARCH)),
                "own-baseline": (replace(second, baseline="each"), (DATA, OUTER, SEARCH)),
                **options(second, limit, tries)}

    raw = {"raw-contexts": (replace(second, contexts="raw"), (INNER, OUTER, SEARCH))}
    return {
        "vanilla": Fixture("vanilla", cases=adapting(0.8, 2), **common),
        "context": Fixture("context", cases={**adapting(1.5, 2), **raw}, **common),
        "hyper": Fixture("hyper", cases={**adapting(0.08, 3), **raw}, value="calm", **common),
        "multi-task": Fixture("hyper", value="calm", **{**common, "lengths": {"train": lengths["train"]}}, cases={
            "multi-task": (multi, (DATA, PIECES, OUTER, MOVE, TRACE, DIRECTIONS, SEARCH)), **options(multi, 0.05, 3),
            "raw-contexts": (replace(multi, contexts="raw"), (OUTER, SEARCH))}),
    }


def large_fixtures():
    """Policies of the paper's sizes."""
    second = Settings()
    hyper = replace(second, inner_rate=5e-5)
    # More steps than features of the baseline: else nothing would be left of the advantages but rounding.
    lengths = {"train": [[25, 19, 25, 22], [11, 25, 25, 25]], "valid": [[25, 25, 18, 25], [25, 7, 25, 24]]}
    common = {"state": 20, "action": 6, "lengths": lengths,
              "sizes": {"policy_hidden": [100, 100], "hyper_hidden": 256, "widths": [256, 512, 1024]}}
    return {
        "vanilla-100": Fixture(
            "vanilla", sketched=(PIECES, MOVE, TRACE), cases={
                "second": (second, MOST), "first": (replace(second, order="first"), (OUTER, TRACE, SEARCH)),
                "damped": (replace(second, damping=1.0), (TRACE, SEARCH))}, **common),
        "hyper-full": Fixture(
            "hyper", value="paper", sketched=MOST, cases={
                "second": (hyper, MOST), "first": (replace(hyper, order="first"), (OUTER, TRACE, SEARCH)),
                "larger-rate": (replace(hyper, inner_rate=0.02), (INNER, OUTER, SEARCH))}, **common),
    }


def calm_start(name, shape):
    """Parameters that are smaller than those of `hashed_numbers.start`."""
    x = filled(name, shape)
    if not name.endswith(".weight"):
        return 0.3 * x
    return x * ((0.5 if name.startswith("dynamic.") else 1.0) / math.sqrt(shape[1]))


def paper_start(name, shape):
    """The paper's start of a hypernetwork in hashed numbers; but nothing is 0, so that all derivatives show."""
    x = filled(name, shape)
    if name == "log_deviation":
        return 0.1 * x
    if name.startswith("dynamic."):
        return x * (0.05 if name.startswith("dynamic.1") else 0.008)
    return x * (0.5 / math.sqrt(shape[1]) if name.endswith(".weight") else 0.05)


class Recorder:
    """Tensors by name, and the quantity that each of them is a part of."""

    def __init__(self, policy=None):
        self.policy, self.tensors, self.quantities = policy, {}, {}

    def add(self, name, value, quantity=None):
        value = torch.as_tensor(value).detach()
        self.tensors[name] = (value.double() if value.is_floating_point() else value).clone().contiguous()
        self.quantities[name] = quantity or name

    def vectors(self, name, vectors, sketched=False):
        """Vectors of the parameters' shapes, stacked: name.<parameter>, [vectors, ...] in the engine's layout."""
        for position, number in enumerate(self.policy.numbers):
            parts = [number.to_engine(vector[position].detach()) for vector in vectors]
            if not sketched:
                self.add(f"{name}.{number.name}", torch.stack(parts), name)
                continue
            flat = torch.stack([part.reshape(-1) for part in parts])
            count = flat.shape[1]
            taken = min(count, ENTRIES)
            for part, value in (("norm", (flat * flat).sum(1).sqrt()),
                                ("projection", flat @ hashed(f"projection.{number.name}", count)),
                                ("entries", flat[:, torch.arange(taken) * count // taken])):
                self.add(f"{name}.{number.name}.{part}", value, f"{name}.{part}")


class Run:
    """A fixture's policy, parameters and batches; `disturbed` ones differ by roundings alone."""

    def __init__(self, fixture, disturbed=False):
        self.fixture, self.disturbed = fixture, disturbed
        self.policy = Policy(fixture.kind, fixture.state, 1, fixture.action, fixture.sizes)
        value = {"start": start, "calm": calm_start, "paper": paper_start}[fixture.value]
        self.theta = [rounded(p) for p in self.policy.from_engine(value)]
        self.tasks = Tasks(GOALS, [6, 3, 6][:len(fixture.lengths["train"])])
        settings = next(iter(fixture.cases.values()))[0]
        contexts = self.tasks.contexts[settings.contexts]

        def acting(parameters):
            def act(i, observations):
                with torch.no_grad():
                    chosen = self.policy.distribution(parameters(i), observations, contexts[i:i + 1]).base_dist
                return chosen.loc, chosen.scale
            return act

        self.train = make_episodes("train", self.tasks, fixture.lengths["train"], fixture.state, fixture.action,
                                   acting(lambda i: self.theta))
        self.valid = self.train
        if settings.adapts:
            iteration = Iteration(self.policy, self.rows(self.train, self.fits(self.train, settings), settings),
                                  contexts, settings)
            adapted = [iteration.adapted(self.theta, i, False) for i in iteration.tasks]
            self.valid = make_episodes("valid", self.tasks, fixture.lengths["valid"], fixture.state, fixture.action,
                                       acting(lambda i: adapted[i]))
        if disturbed:
            self.theta = [p * (1 + 2.0 ** -52 * hashed(f"disturbance.{number.name}", *p.shape).sign())
                          for p, number in zip(self.theta, self.policy.numbers)]

    def fits(self, episodes, settings):
        return [fit(row, settings, self.disturbed) for row in episodes]

    def rows(self, episodes, weights, settings):
        return [Rows(row, advantages(row, w, settings, self.disturbed)[2], self.disturbed)
                for row, w in zip(episodes, weights)]

    def batch_tensors(self):
        result = {**self.tasks.tensors(), **episode_tensors("train", self.train)}
        return {**result, **episode_tensors("valid", self.valid)} if self.valid is not self.train else result

    def steps(self, episodes, values):
        """Values of the rows of each task as [N, B, T, ...]."""
        rows = []
        for row, value in zip(episodes, values):
            value = value.detach().flip(0) if self.disturbed else value.detach()
            rows.append(value.split([len(e["rewards"]) for e in row]))
        return padded(rows)

    def record(self, case):
        """A recorder of one case's numbers by name, without the case's name."""
        settings, groups = self.fixture.cases[case]
        recorder = Recorder(self.policy)

        def vectors(name, group, values):
            recorder.vectors(name, values, group in self.fixture.sketched)

        weights = self.fits(self.train, settings)
        valid_weights = weights if settings.baseline == "training" else self.fits(self.valid, settings)
        train, valid = self.rows(self.train, weights, settings), self.rows(self.valid, valid_weights, settings)
        if DATA in groups:
            self.record_data(recorder, "train", self.train, weights, settings)
            if settings.adapts:
                self.record_data(recorder, "valid", self.valid, valid_weights, settings)
        iteration = Iteration(self.policy, train, self.tasks.contexts[settings.contexts], settings)
        iteration.begin_outer(self.theta, valid)
        adapted = [iteration.adapted(self.theta, i, False) for i in iteration.tasks]
        v = direction(self.policy)
        if INNER in groups:
            self.record_inner(recorder, iteration, adapted, v, vectors, PIECES in groups)
        if PIECES in groups:
            self.record_old(recorder, iteration, adapted, v, vectors)
        g = outer_gradient(iteration, self.theta)
        product = make_product(iteration, self.theta)
        if OUTER in groups:
            recorder.add("outer.loss", iteration.outer(self.theta)[0])
            vectors("outer.gradient", OUTER, [g])
            vectors("product", OUTER, [product(v)])
        if MOVE in groups:
            self.record_moved(recorder, iteration, v, vectors)
        self.record_step(recorder, iteration, g, product, groups, vectors)
        return recorder

    def record_data(self, recorder, name, episodes, weights, settings):
        found = [advantages(row, w, settings, self.disturbed) for row, w in zip(episodes, weights)]
        returns = [[discounted(e["rewards"], settings.discount) for e in row] for row in episodes]
        recorder.add(f"{name}.baseline", torch.stack(weights))
        recorder.add(f"{name}.return", torch.stack(
            [torch.stack([e["rewards"].sum() for e in row]).mean() for row in episodes]))
        recorder.add(f"{name}.returns", padded(returns))
        for position, key in enumerate(("values", "advantages.raw", "advantages")):
            recorder.add(f"{name}.{key}", padded([task[position] for task in found]))

    def record_inner(self, recorder, iteration, adapted, v, vectors, with_products):
        tasks, gradients, products = iteration.tasks, [], []
        for i in tasks:
            theta = leaves(self.theta)
            gradients.append(torch.autograd.grad(iteration.inner_loss(theta, i), theta))
            products.append(hessian_product(lambda p, i=i: iteration.inner_loss(p, i), self.theta, v))
        policies = [iteration.distribution(self.theta, i, iteration.train) for i in tasks]
        recorder.add("inner.mean", self.steps(self.train, [p.mean for p in policies]))
        recorder.add("inner.log_probability", self.steps(
            self.train, [p.log_prob(iteration.train[i].actions) for i, p in enumerate(policies)]))
        recorder.add("inner.loss", torch.stack([iteration.inner_loss(self.theta, i) for i in tasks]))
        vectors("inner.gradient", INNER, gradients)
        vectors("adapted", INNER, adapted)
        if with_products:
            vectors("inner.product", PIECES, products)

    def record_old(self, recorder, iteration, adapted, v, vectors):
        recorder.add("old.mean", self.steps(self.valid, [p.mean for p in iteration.old]))
        recorder.add("old.log_deviation", torch.stack([p.base_dist.scale[0].log() for p in iteration.old]))
        recorder.add("old.log_probability", self.steps(self.valid, iteration.old_log_probability))
        if iteration.settings.adapts:
            # The old policy is the adapted one, so KL(old || new) at theta is KL(adapted || not adapted).
            with torch.no_grad():
                recorder.add("adaptation.divergence", torch.stack(
                    [iteration.divergences(self.theta, i)[1] for i in iteration.tasks]))
        vectors("fisher.product", PIECES, [
            hessian_product(lambda p, i=i: iteration.divergences(p, i)[0], parameters, v)
            for i, parameters in enumerate(adapted)])

    def record_moved(self, recorder, iteration, v, vectors):
        theta = leaves(axpy(MOVED, v, self.theta))
        losses = iteration.outer(theta, True)
        for position, name in enumerate(("loss", "divergence", "divergence_of_old")):
            recorder.add(f"moved.{name}", losses[position])
            vectors(f"moved.{name}.gradient", MOVE, [
                torch.autograd.grad(losses[position].mean(), theta, retain_graph=True)])

    def record_step(self, recorder, iteration, g, product, groups, vectors):
        history = conjugate_gradient(product, g, iteration.settings)
        x = history["x"][-1]
        shs = dot(x, product(x)) / 2
        scale = (shs / iteration.settings.limit).sqrt()
        step = [p / scale for p in x]
        if TRACE in groups:
            for name in ("x", "r"):
                vectors(f"cg.{name}", TRACE, history[name])
        if DIRECTIONS in groups:
            for name in ("p", "product"):
                vectors(f"cg.{name}", DIRECTIONS, history[name])
        if SEARCH in groups:
            recorder.add("cg.rr", torch.stack(history["rr"]))
            recorder.add("cg.pap", torch.stack(history["pap"]))
            recorder.add("shs", shs)
            vectors("step", TRACE, [step])
            losses, accepted, final = line_search(iteration, self.theta, step)
            for position, name in enumerate(("loss", "divergence", "divergence_of_old")):
                recorder.add(f"tries.{name}", losses[:, position])
            recorder.add("accepted", torch.tensor(accepted))
            vectors("final", SEARCH, [final])


def baseline_episodes(count=((200, 130, 200), (200, 200, 77)), state=20, action=6):
    """Tasks and batch of the fixture `baseline`: episodes of the real horizon whose regression is badly conditioned.

    As the cheetah's, they have a torso that runs away and speeds of several units.
    """
    tasks = Tasks(GOALS, list(range(len(count))))
    episodes = make_episodes("train", tasks, count, state, action,
                             lambda i, o: (0.5 * o[:, :action], torch.ones(len(o), action)))
    scales = 1 + torch.arange(state).double() / 4
    for row in episodes:
        for episode in row:
            o = episode["observations"] * scales
            o[:, -1] = 0.05 * (1.5 + o[:, 0]).cumsum(0)
            episode["observations"] = rounded(o)
    return tasks, episodes


def record_baseline(disturbed):
    """The inputs of the fixture `baseline`, a recorder of its numbers, and what its metadata says."""
    tasks, episodes = baseline_episodes()
    recorder = Recorder()
    cases = {"default": Settings(), "trace-decay": replace(Settings(), trace_decay=0.95)}
    for case, settings in cases.items():
        weights = [fit(row, settings, disturbed) for row in episodes]
        if case == "default":
            recorder.add("train.baseline", torch.stack(weights))
        found = [advantages(row, w, settings, disturbed) for row, w in zip(episodes, weights)]
        for position, key in enumerate(("values", "advantages.raw", "advantages")):
            recorder.add(f"{case}.train.{key}", padded([task[position] for task in found]))
    inputs = {**tasks.tensors(), **episode_tensors("train", episodes)}
    return inputs, recorder, {"cases": {name: asdict(settings) for name, settings in cases.items()}}


def describe(fixture):
    """What a file's metadata says of its policy and cases."""
    return {"kind": fixture.kind, "state": fixture.state, "action": fixture.action, "sizes": fixture.sizes,
            "parameters": fixture.value, "lengths": fixture.lengths,
            "cases": {name: asdict(settings) for name, (settings, _) in fixture.cases.items()}}
