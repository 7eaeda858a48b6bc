#!/usr/bin/env python3
"""TD3's gradient step in PyTorch, for tools/compare-peers; see torch_offpolicy.py for its modes."""
import copy

import torch
from torch.nn import functional as F
from torch_networks import Actor
from torch_offpolicy import OffPolicy, serve_algorithm

BATCH, DELAY, DISCOUNT = 100, 2, 0.99


class TD3(OffPolicy):
    def __init__(self, critic, state, action, device, mode):
        super().__init__(critic, state, action, device, mode, Actor(state, action))
        self.actor_target = copy.deepcopy(self.actor).requires_grad_(False)
        self.targets.append((self.actor_target, self.actor))

    def _critic_loss(self, state, action, reward, following, continuation):
        with torch.no_grad():
            noise = (torch.randn_like(action) * 0.2).clamp(-0.5, 0.5)
            chosen = (self.actor_target(following) + noise).clamp(-1, 1)
            value = torch.min(self.target.first(following, chosen), self.target.second(following, chosen))
            goal = reward + continuation * DISCOUNT * value
        return (F.mse_loss(self.critic.first(state, action), goal)
                + F.mse_loss(self.critic.second(state, action), goal))

    def _actor_loss(self, state):
        return -self.critic.first(state, self.actor(state)).mean()

    def step(self, number, batch):
        self.update_critics(batch)
        if number % DELAY == DELAY - 1:
            self.update_actor(batch[0])
            self.update_targets()


serve_algorithm(TD3, BATCH, DELAY)
