"""How the gradient step of an off-policy algorithm is run in PyTorch on synthetic data, for tools/compare-peers.

Modes: eager and compiled are the strongest form that a user would pick: targets without autograd, the critics frozen in
the actor's step, fused Adam, one foreach call for the soft update; `compiled` puts torch.compile over both losses, and
`graphs` its reduce-overhead mode, which replays CUDA graphs. `authors` is the plain way of the paper's time: eager,
Adam parameter by parameter, soft update in a loop, gradients of the actor's loss through the critics' parameters too.
Several seeds are agents that take their steps in turn.
"""
import argparse
import copy

import torch
from torch_networks import Twin
from worker import serve

RATE = 0.005


class OffPolicy:
    """Actor, twin critics and their optimisers; a subclass gives `_critic_loss`, `_actor_loss`, and what has targets."""

    def __init__(self, critic, state, action, device, mode, actor):
        self.is_plain = mode == "authors"
        self.actor, self.critic = actor.to(device), Twin(critic, state, action).to(device)
        self.target = copy.deepcopy(self.critic).requires_grad_(False)
        self.targets = [(self.target, self.critic)]
        kind = {"foreach": False, "fused": False} if self.is_plain else {"fused": True}
        rate = 5e-5 if critic == "sa-hyper" else 3e-4
        self.critic_adam = torch.optim.Adam(self.critic.parameters(), lr=rate, **kind)
        self.actor_adam = torch.optim.Adam(self.actor.parameters(), lr=3e-4, **kind)
        self.critic_loss, self.actor_loss = self._critic_loss, self._actor_loss
        if mode in ("compiled", "graphs"):
            options = {"mode": "reduce-overhead"} if mode == "graphs" else {}
            self.critic_loss = torch.compile(self._critic_loss, **options)
            self.actor_loss = torch.compile(self._actor_loss, **options)

    def update_critics(self, batch):
        self.critic_adam.zero_grad(set_to_none=True)
        self.critic_loss(*batch).backward()
        self.critic_adam.step()

    def update_actor(self, state):
        self.critic.requires_grad_(self.is_plain)
        self.actor_adam.zero_grad(set_to_none=True)
        self.actor_loss(state).backward()
        self.actor_adam.step()
        self.critic.requires_grad_(True)

    def update_targets(self):
        with torch.no_grad():
            for target, source in self.targets:
                if not self.is_plain:
                    torch._foreach_lerp_(list(target.parameters()), list(source.parameters()), RATE)
                    continue
                for slow, fast in zip(target.parameters(), source.parameters()):
                    slow.data.copy_(RATE * fast.data + (1 - RATE) * slow.data)


def serve_algorithm(make_agent, batch_size, period):
    """Serves measurements of the steps of `make_agent(critic, state, action, device, mode)`.

    period: steps after which costs repeat.
    """
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
    agents = [make_agent(options.critic, options.state, options.action, options.device, options.mode)
              for _ in range(options.seeds)]

    def batch():
        state, following = torch.randn(2, batch_size, options.state)
        columns = (state, torch.rand(batch_size, options.action) * 2 - 1, torch.randn(batch_size, 1), following,
                   torch.ones(batch_size, 1))
        return [column.to(options.device) for column in columns]

    data = [batch() for _ in range(8)]

    def step(number):
        for agent in agents:
            agent.step(number, data[number % len(data)])

    wait = torch.cuda.synchronize if options.device == "cuda" else lambda: None
    serve(f"torch {torch.__version__} {options.mode}", step, wait, period)
