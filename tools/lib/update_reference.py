"""What the reference scripts of off-policy updates share: sizes, critics, batches, one critic step, and the files.

Networks and their layout are those of pytorch_models.py; everything is float64 on one thread.
"""
import argparse
import json
import platform
import sys
from pathlib import Path

import pytorch_environment

STATE, ACTION, BATCH, UPDATES = 5, 3, 7, 6
ACTOR_HIDDEN = (9, 7)
# Sizes of an agent's networks.
SIZES = {"state": STATE, "action": ACTION, "actor_hidden": ACTOR_HIDDEN}
CRITICS = {"mlp": "mlp-standard, hidden 9, 7",
           "hyper": "sa-hyper, widths 8, 12, 16, residuals 2, dynamic hidden 10",
           "hyper-batch": "sa-hyper, widths 4, 6, 8, residuals 2, dynamic hidden 5, batch normalisation",
           "hyper-spectral": "sa-hyper, widths 4, 6, 8, residuals 2, dynamic hidden 5, spectral normalisation",
           "program-mlp": "mlp-standard, hidden 8, 8",
           "program-hyper": "sa-hyper, widths 4, 6, 8, residuals 2, dynamic hidden 5"}
ADAM = {"adam_beta1": 0.9, "adam_beta2": 0.999, "adam_epsilon": 1e-8}


def make_hyper_critic(hidden, **primary):
    """One member of sa-hyper with a dynamic hidden layer of that size."""
    from pytorch_critics import SIZES, make_critic
    from pytorch_models import randomize_hyper_critic
    critic = make_critic("sa-hyper", STATE, ACTION, {**SIZES, "hyper_hidden": hidden}, primary)
    # Far larger than the paper's bounds: at these widths they would leave Q nearly 0.
    randomize_hyper_critic(critic, head_bounds=(0.5, 0.4))
    return critic


def make_mlp_critic(*hidden):
    """One member of an MLP on (state, action)."""
    from pytorch_critics import Concatenated
    from pytorch_models import scale_weights
    return scale_weights(Concatenated([STATE + ACTION, *hidden, 1]), 3)


def make_program_critics():
    """The critics of whole programs: name -> function that makes one member; sizes that settings can name."""
    return {"mlp": lambda: make_mlp_critic(8, 8), "hyper": lambda: make_hyper_critic(5, widths=(4, 6, 8))}


def make_critics():
    """The critics of the fixtures: name -> (function that makes one member, the updates that store everything)."""
    def normalized(normalization):
        return lambda: make_hyper_critic(5, widths=(4, 6, 8), normalization=normalization)

    last = {"gradients": (), "parameters": (UPDATES,), "moments": ()}
    every = range(1, UPDATES + 1)
    # The hypernetwork's fixture keeps below 1 MB: gradients of every update, the rest where it shows most.
    return {
        "mlp": (lambda: make_mlp_critic(9, 7), {"parameters": every, "moments": every}),
        "hyper": (lambda: make_hyper_critic(10, widths=(8, 12, 16)), {"parameters": (2, 4, 6), "moments": (6,)}),
        "hyper-batch": (normalized("batch"), last),
        "hyper-spectral": (normalized("spectral"), last),
    }


def make_batch(count=BATCH, state=STATE, action=ACTION):
    """One batch of transitions; two of them end."""
    import torch
    batch = {
        "state": torch.randn(count, state), "action": torch.rand(count, action) * 2 - 1,
        "reward": torch.randn(count), "next_state": torch.randn(count, state), "terminated": torch.zeros(count),
    }
    batch["terminated"][torch.randperm(count)[:2]] = 1
    return batch


def make_adam(parameters, learning_rate):
    import torch
    return torch.optim.Adam(
        parameters, lr=learning_rate, betas=(ADAM["adam_beta1"], ADAM["adam_beta2"]), eps=ADAM["adam_epsilon"])


def step_critic(critic, optimizer, batch, y):
    """One Adam step on the sum of both twins' mean squared errors. Returns the loss and Q(s, a) [2, batch].

    Where normalisation makes a difference, this alone is a training pass: targets and the actor's loss use what the
    training passes left behind.
    """
    critic.train()
    values = critic(batch["state"], batch["action"])
    critic.eval()
    loss = ((values - y) ** 2).mean(1).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach(), values.detach()


def gradients(network, members):
    """Copies of the gradients of the latest backward pass, by the engine's names."""
    from pytorch_models import PARAMETERS, engine_tensors
    of = engine_tensors(members, PARAMETERS, lambda number: number.tensor.grad)
    return {f"{network}.{name}": value.clone() for name, value in of.items()}


def soft_update(pairs, rate):
    """target += rate (online - target) for parameters and buffers of each (target, online).

    A mean of unit vectors is shorter than one: the target's singular vectors are brought back to length 1 where they are
    used, and the means themselves kept aside.
    """
    import torch
    from pytorch_models import BUFFERS, numbers

    def buffers(network):
        return [number for module in network.children() for number in numbers(module)[BUFFERS]]

    with torch.no_grad():
        for target, online in pairs:
            for t, p in zip(target.parameters(), online.parameters()):
                t.add_(p - t, alpha=rate)
            if not hasattr(target, "buffer_means"):
                target.buffer_means = [number.tensor.clone() for number in buffers(target)]
            for mean, t, p in zip(target.buffer_means, buffers(target), buffers(online)):
                mean.add_(p.tensor - mean, alpha=rate)
                t.tensor.copy_(mean / mean.norm() if t.name.rsplit(".", 1)[-1] in ("u", "v") else mean)


def record_parameters(tensors, prefix, members):
    from pytorch_models import PARAMETERS, engine_tensors
    for name, value in engine_tensors(members, PARAMETERS).items():
        tensors[f"{prefix}.{name}"] = value


def record_buffers(tensors, prefix, members):
    from pytorch_models import BUFFERS, engine_tensors
    for name, value in engine_tensors(members, BUFFERS).items():
        tensors[f"{prefix}.{name}"] = value


def record_start(tensors, network, members):
    """Adds what a network starts from, under the names of a checkpoint."""
    record_parameters(tensors, network, members)
    record_buffers(tensors, f"{network}_buffers", members)


def record_networks(tensors, agent):
    """Parameters, buffers and targets of an agent, by the names of a checkpoint."""
    record_start(tensors, "critic", agent.critic)
    record_start(tensors, "critic_target", agent.critic_target)
    record_start(tensors, "actor", [agent.actor])
    if hasattr(agent, "actor_target"):
        record_start(tensors, "actor_target", [agent.actor_target])
    if getattr(agent, "log_alpha", None) is not None:
        tensors["log_alpha"] = agent.log_alpha.detach().reshape(1, 1, 1).clone()


def record_moments(tensors, agent):
    """Adam's moments of an agent, by the names of a checkpoint; 0 where an optimiser has not begun."""
    import torch
    from pytorch_models import PARAMETERS, engine_tensors

    def moment_of(optimizer, parameter, key):
        return optimizer.state.get(parameter, {}).get(key, torch.zeros_like(parameter.detach()))

    for moment, key in (("first_moment", "exp_avg"), ("second_moment", "exp_avg_sq")):
        for network, members, optimizer in (("critic", agent.critic, agent.critic_optimizer),
                                            ("actor", [agent.actor], agent.actor_optimizer)):
            of = engine_tensors(members, PARAMETERS, lambda number: moment_of(optimizer, number.tensor, key))
            tensors.update({f"{network}_{moment}.{name}": value for name, value in of.items()})
        if getattr(agent, "log_alpha", None) is not None:
            tensors[f"log_alpha_{moment}"] = moment_of(agent.entropy_optimizer, agent.log_alpha, key).reshape(1, 1, 1)


def record_network(tensors, prefix, members, optimizer, stored):
    """Adds one network's buffers, and where `stored` says so its gradients and its parameters and moments after the step."""
    from pytorch_models import PARAMETERS, engine_tensors
    record_buffers(tensors, f"{prefix}.buffer", members)
    groups = {}
    if stored.get("gradients", True):
        groups["gradient"] = lambda number: number.tensor.grad
    if stored["parameters"]:
        groups["parameter"] = lambda number: number.tensor.detach()
    if stored["moments"]:
        groups["first_moment"] = lambda number: optimizer.state[number.tensor]["exp_avg"]
        groups["second_moment"] = lambda number: optimizer.state[number.tensor]["exp_avg_sq"]
    for group, of in groups.items():
        for name, value in engine_tensors(members, PARAMETERS, of).items():
            tensors[f"{prefix}.{group}.{name}"] = value


def check_coverage(covered, seed):
    """Ends the script if the batches never reach something that a comparison is to see."""
    missing = [name for name, value in covered.items() if not value]
    if missing:
        sys.exit(f"the batches never reach: {', '.join(missing)}; choose another seed than {seed}")


def begin(description):
    """Reads the command line and prepares PyTorch; returns the folder to write to."""
    root = Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=description.split("\n")[0])
    parser.add_argument("--output", type=Path, default=root / "Tests/HyperAgentsTests/Fixtures",
                        help="folder to write the fixtures to")
    options = parser.parse_args()
    pytorch_environment.enter()
    import torch
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)  # a fixed order of summation
    options.output.mkdir(parents=True, exist_ok=True)
    return options.output


def write(folder, script, fixtures, seed, hyperparameters):
    """Writes one file for each fixture: name -> (function that returns its tensors, its critic, what is stored when)."""
    import torch
    from safetensors.torch import save_file
    for name, (make_tensors, critic, storing) in fixtures.items():
        torch.manual_seed(seed)
        tensors = {key: value.clone().contiguous() for key, value in make_tensors().items()}
        provenance = {
            "script": script, "torch": torch.__version__, "python": platform.python_version(), "seed": seed,
            "state": STATE, "action": ACTION, "batch": BATCH, "updates": UPDATES, "critic": CRITICS[critic],
            "hyperparameters": hyperparameters, "critic_parameters_after_updates": list(storing["parameters"]),
            "critic_moments_after_updates": list(storing["moments"]),
        }
        path = folder / f"{name}.safetensors"
        # One metadata key, because the library writes several in no fixed order and the file is to be reproducible.
        save_file(tensors, path, metadata={"reference": json.dumps(provenance, sort_keys=True)})
        print(f"{path}: {len(tensors)} tensors, {path.stat().st_size} bytes")
