#!/usr/bin/env python3
"""SAC's gradient step in PyTorch, for tools/compare-peers; see torch_offpolicy.py for its modes.

The entropy coefficient is fixed.
"""
import torch
from torch.nn import functional as F
from torch_networks import GaussianActor
from torch_offpolicy import OffPolicy, serve_algorithm

BATCH, DISCOUNT, ENTROPY = 256, 0.99, 0.2


class SAC(OffPolicy):
    def __init__(self, critic, state, action, device, mode):
        super().__init__(critic, state, action, device, mode, GaussianActor(state, action))

    def _critic_loss(self, state, action, reward, following, continuation):
        with torch.no_grad():
            chosen, density = self.actor.sample(following)
            value = torch.min(self.target.first(following, chosen), self.target.second(following, chosen))
            goal = reward + continuation * DISCOUNT * (value - ENTROPY * density)
        return (F.mse_loss(self.critic.first(state, action), goal)
                + F.mse_loss(self.critic.second(state, action), goal))

    def _actor_loss(self, state):
        action, density = self.actor.sample(state)
        value = torch.min(self.critic.first(state, action), self.critic.second(state, action))
        return (ENTROPY * density - value).mean()

    def step(self, number, batch):
        self.update_critics(batch)
        self.update_actor(batch[0])
        self.update_targets()


serve_algorithm(SAC, BATCH, 1)
