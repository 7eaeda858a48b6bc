"""The networks of the paper in PyTorch, as a user of PyTorch would write them."""
import math

import torch
from torch import nn
from torch.nn import functional as F


class Residual(nn.Module):
    """x + W2 relu(W1 relu(x))."""

    def __init__(self, width):
        super().__init__()
        self.first, self.second = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x):
        return x + self.second(F.relu(self.first(F.relu(x))))


class Head(nn.Module):
    """One dynamic layer, whose weight, bias and gain are made from the latent vector of each sample."""

    def __init__(self, latent, fan_in, fan_out, bound):
        super().__init__()
        self.fan_in, self.fan_out = fan_in, fan_out
        self.weight = nn.Linear(latent, fan_in * fan_out)
        self.bias = nn.Linear(latent, fan_out)
        self.gain = nn.Linear(latent, fan_out)
        for layer in (self.weight, self.bias, self.gain):
            nn.init.uniform_(layer.weight, -bound, bound)
            nn.init.zeros_(layer.bias)

    def forward(self, latent, x):
        weight = self.weight(latent).view(-1, self.fan_out, self.fan_in)
        product = torch.bmm(weight, x.unsqueeze(2)).squeeze(2)
        return product * (1 + self.gain(latent)) + self.bias(latent)


class HyperCritic(nn.Module):
    """Q(s, a) = f_{w(s)}(a)."""

    def __init__(self, state, action):
        super().__init__()
        layers, width = [], state
        for size in (256, 512, 1024):
            layers += [nn.Linear(width, size), Residual(size), Residual(size)]
            width = size
        self.primary = nn.Sequential(*layers)
        for module in self.primary.modules():
            if isinstance(module, nn.Linear):
                bound = 0.5 / math.sqrt(module.in_features)
                nn.init.uniform_(module.weight, -bound, bound)
        self.first, self.last = Head(1024, action, 256, 0.05), Head(1024, 256, 1, 0.008)

    def forward(self, state, action):
        latent = self.primary(state)
        return self.last(latent, F.relu(self.first(latent, action)))


class MLPCritic(nn.Module):
    def __init__(self, state, action):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(state + action, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 1))

    def forward(self, state, action):
        return self.net(torch.cat([state, action], 1))


class Twin(nn.Module):
    def __init__(self, critic, state, action):
        super().__init__()
        make = HyperCritic if critic == "sa-hyper" else MLPCritic
        self.first, self.second = make(state, action), make(state, action)


class Actor(nn.Module):
    def __init__(self, state, action):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(state, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, action))

    def forward(self, state):
        return torch.tanh(self.net(state))


class GaussianActor(nn.Module):
    """A squashed Gaussian policy."""

    def __init__(self, state, action):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(state, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 2 * action))

    def sample(self, state):
        """Actions, and the logarithms of their densities, of shape [batch, 1]."""
        mean, log_deviation = self.net(state).chunk(2, 1)
        log_deviation = log_deviation.clamp(-20, 2)
        noise = torch.randn_like(mean)
        x = mean + log_deviation.exp() * noise
        density = (-0.5 * noise * noise - log_deviation - 0.5 * math.log(2 * math.pi)).sum(1, keepdim=True)
        return torch.tanh(x), density - (2 * (math.log(2) - x - F.softplus(-2 * x))).sum(1, keepdim=True)
