"""Building blocks of the paper's networks as PyTorch modules, and their numbers in the engine's layout.

The modules' attributes are named so that a layer's path is the engine's name of it without its first part (`critic.`,
`actor.`): `primary.1.residual.2.first`. docs/checkpoints.md describes names and shapes.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F


class MLP(nn.Module):
    """ReLU layers of the given sizes; nothing after the last one."""

    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return self.layers[-1](x)


class Actor(MLP):
    """The deterministic policy: tanh of an MLP, times the largest action."""

    def __init__(self, state, action, hidden=(256, 256), max_action=1.0):
        super().__init__([state, *hidden, action])
        self.max_action = max_action

    def forward(self, state):
        return self.max_action * torch.tanh(super().forward(state))


class DynamicLayer(nn.Module):
    """A linear layer whose weights, bias and gain come from the latent, one set per sample.

    `y = (1 + gain) * (W x) + bias`; row `o * inputs + i` of the weight head gives the weight from input i to output o.
    """

    def __init__(self, latent, inputs, outputs):
        super().__init__()
        self.inputs, self.outputs = inputs, outputs
        self.weight_head = nn.Linear(latent, outputs * inputs)
        self.bias_head = nn.Linear(latent, outputs)
        self.gain_head = nn.Linear(latent, outputs)

    def forward(self, latent, x):
        weight = self.weight_head(latent).view(-1, self.outputs, self.inputs)
        product = torch.bmm(weight, x.unsqueeze(2)).squeeze(2)
        return (1 + self.gain_head(latent)) * product + self.bias_head(latent)


class Twin(nn.ModuleList):
    """Two independent critics. Returns shape [2, batch]."""

    def __init__(self, make):
        super().__init__([make(), make()])

    def forward(self, state, action):
        return torch.stack([critic(state, action) for critic in self])


def randomize_hyper_critic(critic, head_bounds):
    """Draws the primary weights as the paper does; heads, their biases included, from U(-bound, bound).

    The paper starts head biases at 0; random ones let a comparison see them.
    """
    for name, module in critic.named_modules():
        # A weight that is computed from others keeps PyTorch's start.
        if not isinstance(module, nn.Linear) or hasattr(module, "parametrizations"):
            continue
        if name.startswith("dynamic."):
            bound = head_bounds[int(name.split(".")[1]) - 1]
            nn.init.uniform_(module.weight, -bound, bound)
            nn.init.uniform_(module.bias, -bound, bound)
        else:
            bound = 0.5 / math.sqrt(module.in_features)
            nn.init.uniform_(module.weight, -bound, bound)


def scale_weights(network, factor):
    """Multiplies every weight matrix: PyTorch's start leaves the output of a small network nearly constant."""
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.Linear):
                module.weight.mul_(factor)
    return network


class Number:
    """A parameter or buffer: its engine name, the tensor, and how the engine lays it out."""

    def __init__(self, name, tensor, to_engine=lambda value: value, from_engine=lambda value: value):
        self.name, self.tensor = name, tensor
        self.to_engine, self.from_engine = to_engine, from_engine


def numbers(network):
    """The parameters and the buffers of one network, two lists of `Number`; docs/checkpoints.md has the names."""
    parameters, buffers = [], []
    if hasattr(network, "embedding"):
        parameters.append(Number("embedding", network.embedding))
    if hasattr(network, "log_deviation"):
        parameters.append(Number("log_deviation", network.log_deviation))
    for name, module in network.named_modules():
        if isinstance(module, nn.BatchNorm1d):
            parameters += [Number(f"{name}.scale", module.weight), Number(f"{name}.shift", module.bias)]
            buffers += [Number(f"{name}.mean", module.running_mean), Number(f"{name}.variance", module.running_var)]
        elif isinstance(module, nn.Linear) and not hasattr(module, "parametrizations"):
            layouts = (transposed, transposed), ()
            if name.endswith("weight_head"):
                owner = network.get_submodule(name.rsplit(".", 1)[0])
                layouts = (head_layouts(owner.outputs, owner.inputs),) * 2
            parameters.append(Number(f"{name}.weight", module.weight, *layouts[0]))
            if module.bias is not None:
                parameters.append(Number(f"{name}.bias", module.bias, *layouts[1]))
        elif isinstance(module, nn.Linear):
            parameters.append(Number(f"{name}.bias", module.bias))
            rule = module.parametrizations.weight
            if hasattr(rule, "original1"):  # weight normalisation: magnitude [out, 1] and direction [out, in]
                parameters += [Number(f"{name}.magnitude", rule.original0, lambda v: v.squeeze(1),
                                      lambda v: v.unsqueeze(1)),
                               Number(f"{name}.weight", rule.original1, transposed, transposed)]
            else:
                parameters.append(Number(f"{name}.weight", rule.original, transposed, transposed))
                buffers += [Number(f"{name}.u", rule[0]._u), Number(f"{name}.v", rule[0]._v)]
    return parameters, buffers


def transposed(value):
    """Weights are [out, in] here and [in, out] in the engine."""
    return value.T


def head_layouts(outputs, inputs):
    """A weight head's rows are (out, in) here and (in, out) in the engine, which has its weight transposed as well."""
    def to_engine(value):
        value = value.view(outputs, inputs, -1).transpose(0, 1).reshape(value.shape)
        return value.T if value.dim() == 2 else value

    def from_engine(value):
        value = value.T if value.dim() == 2 else value
        return value.reshape(inputs, outputs, -1).transpose(0, 1).reshape(value.shape)

    return to_engine, from_engine


PARAMETERS, BUFFERS = 0, 1


def engine_tensors(members, which, of=lambda number: number.tensor.detach()):
    """The tensors of a list of equal networks as the engine stores them: name -> [members, ...], weights [in, out].

    - members: the networks, one per member (two critics, one actor).
    - which: PARAMETERS or BUFFERS.
    - of: a function from a `Number` to a tensor of its shape (its value, its gradient, a moment).
    """
    tables = [numbers(member)[which] for member in members]
    return {column[0].name: torch.stack([n.to_engine(of(n)) for n in column]).contiguous() for column in zip(*tables)}
