#!/usr/bin/env python3
"""TD3's gradient step in PyTorch on synthetic data, for tools/compare-peers; see worker.py for how it is asked.

Modes: eager and compiled are the strongest form that a user would pick: targets without autograd, the critics frozen in
the actor's step, fused Adam, one foreach call for the soft update; `compiled` puts torch.compile over both losses, and
`graphs` its reduce-overhead mode, which replays CUDA graphs. `authors` is the plain way of the paper's time: eager,
Adam parameter by parameter, soft update in a loop, gradients of the actor's loss through the critics' parameters too.
Several seeds are agents that take their steps in turn.
"""
import argparse
import copy

import torch
from torch.nn import functional as F
from torch_networks import Actor, Twin
from worker import serve

BATCH, DELAY, DISCOUNT, RATE = 100, 2, 0.99, 0.005


class TD3:
    def __init__(self, critic, state, action, device, mode):
        self.is_plain = mode == "authors"
        self.actor, self.critic = Actor(state, action).to(device), Twin(critic, state, action).to(device)
        self.target = copy.deepcopy(self.critic).requires_grad_(False)
        self.actor_target = copy.deepcopy(self.actor).requires_grad_(False)
        kind = {"foreach": False, "fused": False} if self.is_plain else {"fused": True}
        rate = 5e-5 if critic == "sa-hyper" else 3e-4
        self.critic_adam = torch.optim.Adam(self.critic.parameters(), lr=rate, **kind)
        self.actor_adam = torch.optim.Adam(self.actor.parameters(), lr=3e-4, **kind)
        self.critic_loss, self.actor_loss = self._critic_loss, self._actor_loss
        if mode in ("compiled", "graphs"):
            options = {"mode": "reduce-overhead"} if mode == "graphs" else {}
            self.critic_loss = torch.compile(self._critic_loss, **options)
            self.actor_loss = torch.compile(self._actor_loss, **options)

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
        self.critic_adam.zero_grad(set_to_none=True)
        self.critic_loss(*batch).backward()
        self.critic_adam.step()
        if number % DELAY != DELAY - 1:
            return
        self.critic.requires_grad_(self.is_plain)
        self.actor_adam.zero_grad(set_to_none=True)
        self.actor_loss(batch[0]).backward()
        self.actor_adam.step()
        self.critic.requires_grad_(True)
        self.update_targets()

    def update_targets(self):
        pairs = [(self.target, self.critic), (self.actor_target, self.actor)]
        with torch.no_grad():
            for target, source in pairs:
                if not self.is_plain:
                    torch._foreach_lerp_(list(target.parameters()), list(source.parameters()), RATE)
                    continue
                for slow, fast in zip(target.parameters(), source.parameters()):
                    slow.data.copy_(RATE * fast.data + (1 - RATE) * slow.data)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mode", choices=["eager", "compiled", "graphs", "authors"], required=True)
    parser.add_argument("--critic", choices=["sa-hyper", "mlp-standard"], required=True)
    parser.add_argument("--seeds", type=int, required=True)
    parser.add_argument("--state", type=int, required=True)
    parser.add_argument("--action", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    agents = [TD3(options.critic, options.state, options.action, options.device, options.mode)
              for _ in range(options.seeds)]

    def batch():
        state, following = torch.randn(2, BATCH, options.state)
        columns = (state, torch.rand(BATCH, options.action) * 2 - 1, torch.randn(BATCH, 1), following,
                   torch.ones(BATCH, 1))
        return [column.to(options.device) for column in columns]

    data = [batch() for _ in range(8)]

    def step(number):
        for agent in agents:
            agent.step(number, data[number % len(data)])

    wait = torch.cuda.synchronize if options.device == "cuda" else lambda: None
    serve(f"torch {torch.__version__} {options.mode}", step, wait, DELAY)


main()
