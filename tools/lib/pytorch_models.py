"""The paper's TD3 networks as PyTorch modules, and their weights in the engine's layout.

The modules' attributes are named so that a key of `state_dict()` is the engine's name of that tensor without its first
part (`critic.`, `actor.`): `primary.1.residual.2.first.weight`. docs/checkpoints.md describes names and shapes.
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


class StandardCritic(MLP):
    """mlp-standard: Q from the concatenation of state and action. Returns shape [batch]."""

    def __init__(self, state, action, hidden=(256, 256)):
        super().__init__([state + action, *hidden, 1])

    def forward(self, state, action):
        return super().forward(torch.cat([state, action], 1)).squeeze(1)


class Residual(nn.Module):
    """x + second(relu(first(relu(x))))."""

    def __init__(self, width):
        super().__init__()
        self.first, self.second = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x):
        return x + self.second(F.relu(self.first(F.relu(x))))


class Block(nn.Module):
    """One width of the primary network: a linear layer, then residual blocks."""

    def __init__(self, inputs, width, residuals):
        super().__init__()
        self.input = nn.Linear(inputs, width)
        self.residual = nn.ModuleDict({str(i + 1): Residual(width) for i in range(residuals)})

    def forward(self, x):
        x = self.input(x)
        for residual in self.residual.values():
            x = residual(x)
        return x


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


class HyperCritic(nn.Module):
    """sa-hyper: the state makes the weights of a network that reads the action. Returns shape [batch]."""

    def __init__(self, state, action, widths=(256, 512, 1024), residuals=2, hidden=256):
        super().__init__()
        inputs = (state, *widths[:-1])
        self.primary = nn.ModuleDict(
            {str(i + 1): Block(inputs[i], width, residuals) for i, width in enumerate(widths)})
        self.dynamic = nn.ModuleDict({
            "1": DynamicLayer(widths[-1], action, hidden),
            "2": DynamicLayer(widths[-1], hidden, 1)})

    def forward(self, state, action):
        latent = state
        for block in self.primary.values():
            latent = block(latent)
        return self.dynamic["2"](latent, F.relu(self.dynamic["1"](latent, action))).squeeze(1)


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
        if not isinstance(module, nn.Linear):
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


def parameter_tensors(module):
    """name -> value of every parameter of one network."""
    return {name: parameter.detach() for name, parameter in module.named_parameters()}


def gradient_tensors(module):
    """name -> gradient of every parameter of one network."""
    return {name: parameter.grad for name, parameter in module.named_parameters()}


def moment_tensors(module, optimizer, moment):
    """name -> Adam's running mean (`exp_avg`) or running mean square (`exp_avg_sq`) of every parameter."""
    return {name: optimizer.state[parameter][moment] for name, parameter in module.named_parameters()}


def engine_layout(members, tensors_of):
    """The tensors of a list of equal networks as the engine stores them: a leading member axis, weights [in, out].

    - members: the networks, one per member (two critics, one actor).
    - tensors_of: a function from a network to {name: tensor shaped like the parameter of that name}.
    """
    stacked = {}
    tables = [tensors_of(member) for member in members]
    layers = dict(members[0].named_modules())
    for name in tables[0]:
        owner = layers[name.rsplit(".", 2)[0]] if name.count(".") >= 2 else None
        values = []
        for table in tables:
            value = table[name]
            if isinstance(owner, DynamicLayer) and ".weight_head." in name:
                # Generated weights are rows of [in, out] in the engine and of [out, in] here.
                value = value.view(owner.outputs, owner.inputs, -1).transpose(0, 1).reshape(value.shape)
            values.append(value.T if name.endswith(".weight") else value)
        stacked[name] = torch.stack(values).contiguous()
    return stacked
