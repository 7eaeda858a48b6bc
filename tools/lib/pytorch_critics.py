"""The paper's nine critics and the variants of their primary network as PyTorch modules.

Written from the paper and from PyTorch's own normalisation layers, so that the engine is compared with something it
shares no code with. docs/critics.md draws them.
"""
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations

from pytorch_models import MLP, DynamicLayer

EMBEDDING = 5


def linear(inputs, outputs, normalization="none", bias=True):
    """A linear layer, its weight under weight or spectral normalisation. Without bias where batch normalisation follows."""
    layer = nn.Linear(inputs, outputs, bias=bias)
    if normalization == "weight":
        return parametrizations.weight_norm(layer)
    if normalization == "spectral":
        return parametrizations.spectral_norm(layer)
    return layer


class Layers(nn.Module):
    """Two layers behind activations; their result is added to the input, replaces it or is appended to it."""

    def __init__(self, width, hidden, outputs, join, activation, normalization):
        super().__init__()
        self.join, self.activation = join, activation
        self.first = linear(width, hidden, normalization, bias=normalization != "batch")
        self.second = linear(hidden, outputs, normalization, bias=normalization != "batch" or join == "add")
        self.normalizes = normalization == "batch"
        if self.normalizes:
            self.first_norm, self.second_norm = nn.BatchNorm1d(width), nn.BatchNorm1d(hidden)

    def forward(self, x):
        inner = self.first(self.activation(self.first_norm(x) if self.normalizes else x))
        inner = self.second(self.activation(self.second_norm(inner) if self.normalizes else inner))
        if self.join == "append":
            return torch.cat([x, inner], 1)
        return x + inner if self.join == "add" else inner


class Primary(nn.Module):
    """From the meta variable to the latent: stages of a linear layer and blocks."""

    NAMES = {"resnet": ("residual", "add"), "mlp": ("plain", "replace"), "dense": ("dense", "append")}

    def __init__(self, meta, widths, blocks=6, kind="resnet", upsampling="gradual", activation="relu",
                 normalization="none"):
        super().__init__()
        self.kind = kind
        self.activation = {"relu": nn.ReLU(), "elu": nn.ELU()}[activation]
        self.normalizes = normalization == "batch" and kind != "resnet"
        widths = widths if upsampling == "gradual" else widths[-1:]
        name, join = self.NAMES[kind]
        size = meta
        for b, width in enumerate(widths):
            count = blocks // len(widths) + (b >= len(widths) - blocks % len(widths))
            stage = nn.Module()
            if self.normalizes and b > 0:
                stage.input_norm = nn.BatchNorm1d(size)
            grows = kind == "dense" and count > 0
            now = width - width // 2 if grows else width
            stage.input = linear(size, now, normalization, bias=not self.normalizes)
            layers = nn.ModuleDict()
            for k in range(count):
                added = width // 2 * (k + 1) // count - width // 2 * k // count
                layers[str(k + 1)] = Layers(
                    now, width, added if grows else width, join, self.activation, normalization)
                now += added if grows else 0
            setattr(stage, name, layers)
            self.add_module(str(b + 1), stage)
            size = width
        self.stages = len(widths)
        self.latent = size
        if self.normalizes:
            self.norm = nn.BatchNorm1d(size)

    def between(self, x, norm):
        if self.kind == "resnet":
            return x
        return self.activation(norm(x) if self.normalizes else x)

    def forward(self, x):
        for b in range(1, self.stages + 1):
            stage = getattr(self, str(b))
            x = stage.input(x if b == 1 else self.between(x, getattr(stage, "input_norm", None)))
            for layers in getattr(stage, self.NAMES[self.kind][0]).values():
                x = layers(x)
        return self.between(x, getattr(self, "norm", None))


class Hyper(nn.Module):
    """A hypernetwork critic; `roles` says which variable makes the weights and which is read by them."""

    def __init__(self, state, action, roles, sizes, primary):
        super().__init__()
        self.roles = roles
        meta, base = {"sa": (state, action), "as": (action, state), "emb": (EMBEDDING, state + action)}[roles]
        if roles == "emb":
            self.embedding = nn.Parameter(torch.rand(EMBEDDING))
        self.primary = Primary(meta, **primary)
        self.dynamic = nn.ModuleDict({
            "1": DynamicLayer(self.primary.latent, base, sizes["hyper_hidden"]),
            "2": DynamicLayer(self.primary.latent, sizes["hyper_hidden"], 1)})

    def forward(self, state, action):
        if self.roles == "emb":
            meta, base = self.embedding.expand(len(state), -1), torch.cat([state, action], 1)
        else:
            meta, base = (state, action) if self.roles == "sa" else (action, state)
        latent = self.primary(meta)
        return self.dynamic["2"](latent, F.relu(self.dynamic["1"](latent, base))).squeeze(1)


class Concatenated(MLP):
    """mlp-standard, mlp-small, mlp-large."""

    def forward(self, state, action):
        return super().forward(torch.cat([state, action], 1)).squeeze(1)


class Features(nn.Module):
    """resnet-features: a small MLP on learned state features and the action."""

    def __init__(self, state, action, sizes, primary):
        super().__init__()
        self.primary = Primary(state, **primary)
        self.features = nn.Linear(self.primary.latent, sizes["features"])
        self.layers = nn.ModuleList([nn.Linear(sizes["features"] + action, sizes["hidden"]),
                                     nn.Linear(sizes["hidden"], 1)])

    def forward(self, state, action):
        features = self.features(self.primary(state))
        return self.layers[1](F.relu(self.layers[0](torch.cat([features, action], 1)))).squeeze(1)


class ResNet(nn.Module):
    """resnet35."""

    def __init__(self, state, action, sizes):
        super().__init__()
        width = sizes["hidden"]
        self.input, self.output = nn.Linear(state + action, width), nn.Linear(width, 1)
        self.residual = nn.ModuleDict({
            str(k + 1): Layers(width, width, width, "add", F.relu, "none") for k in range(sizes["residuals"])})

    def forward(self, state, action):
        x = self.input(torch.cat([state, action], 1))
        for block in self.residual.values():
            x = block(x)
        return self.output(F.relu(x)).squeeze(1)


class D2RL(nn.Module):
    """q-d2rl: the input joins that of every hidden layer but the first."""

    def __init__(self, state, action, sizes):
        super().__init__()
        inputs, width = state + action, sizes["hidden"]
        self.layers = nn.ModuleList(
            [nn.Linear(inputs, width)] + [nn.Linear(width + inputs, width) for _ in range(3)] + [nn.Linear(width, 1)])

    def forward(self, state, action):
        inputs = torch.cat([state, action], 1)
        x = F.relu(self.layers[0](inputs))
        for layer in self.layers[1:4]:
            x = F.relu(layer(torch.cat([x, inputs], 1)))
        return self.layers[4](x).squeeze(1)


# The paper's sizes.
SIZES = {"hidden": 256, "large": 2900, "residuals": 35, "features": 10, "hyper_hidden": 256}
WIDTHS = (256, 512, 1024)
CRITICS = ("sa-hyper", "as-hyper", "emb-hyper", "mlp-standard", "mlp-small", "mlp-large", "resnet-features", "resnet35",
           "q-d2rl")


def make_critic(name, state, action, sizes=None, primary=None):
    """One Q network by the paper's name; its forward gives [batch]."""
    sizes = sizes or SIZES
    primary = {"widths": WIDTHS, **(primary or {})}
    hidden, large = sizes["hidden"], sizes["large"]
    if name.endswith("-hyper"):
        return Hyper(state, action, name.removesuffix("-hyper"), sizes, primary)
    if name == "resnet-features":
        return Features(state, action, sizes, primary)
    if name == "resnet35":
        return ResNet(state, action, sizes)
    if name == "q-d2rl":
        return D2RL(state, action, sizes)
    between = {"mlp-standard": [hidden, hidden], "mlp-small": [hidden], "mlp-large": [large, large]}[name]
    return Concatenated([state + action, *between, 1])
