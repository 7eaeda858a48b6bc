#!/usr/bin/env python3
"""TD3's gradient step in JAX on synthetic data, for tools/compare-peers; see worker.py for how it is asked.

The whole step is one jitted function with donated buffers and optax.adam; twin critics and seeds are vmapped.
"""
import argparse
import math

import jax
import jax.numpy as jnp
import optax
from worker import serve

BATCH, DELAY, DISCOUNT, RATE = 100, 2, 0.99, 0.005


def linear(key, fan_in, fan_out, bound=None):
    keys = jax.random.split(key)
    bound = bound or 1 / math.sqrt(fan_in)
    return {"w": jax.random.uniform(keys[0], (fan_in, fan_out), minval=-bound, maxval=bound),
            "b": jax.random.uniform(keys[1], (fan_out,), minval=-1, maxval=1) / math.sqrt(fan_in)}


def dense(layer, x):
    return x @ layer["w"] + layer["b"]


def make_mlp(key, sizes):
    keys = jax.random.split(key, len(sizes) - 1)
    return [linear(k, fan_in, fan_out) for k, fan_in, fan_out in zip(keys, sizes[:-1], sizes[1:])]


def mlp(layers, x):
    for layer in layers[:-1]:
        x = jax.nn.relu(dense(layer, x))
    return dense(layers[-1], x)


def make_hyper(key, state, action):
    keys = iter(jax.random.split(key, 40))
    primary, width = [], state
    for size in (256, 512, 1024):
        primary.append(linear(next(keys), width, size, 0.5 / math.sqrt(width)))
        primary += [[linear(next(keys), size, size, 0.5 / math.sqrt(size)) for _ in range(2)] for _ in range(2)]
        width = size

    def head(fan_in, fan_out, bound):
        sizes = {"weight": fan_in * fan_out, "bias": fan_out, "gain": fan_out}
        return {name: {"w": jax.random.uniform(next(keys), (1024, size), minval=-bound, maxval=bound),
                       "b": jnp.zeros(size)} for name, size in sizes.items()}

    return {"primary": primary, "first": head(action, 256, 0.05), "last": head(256, 1, 0.008)}


def dynamic(head, latent, x, size):
    weight = dense(head["weight"], latent).reshape(latent.shape[0], size, x.shape[1])
    return jnp.einsum("boi,bi->bo", weight, x) * (1 + dense(head["gain"], latent)) + dense(head["bias"], latent)


def hyper_value(parameters, state, action):
    latent = state
    for layer in parameters["primary"]:
        if isinstance(layer, dict):
            latent = dense(layer, latent)
        else:
            latent = latent + dense(layer[1], jax.nn.relu(dense(layer[0], jax.nn.relu(latent))))
    hidden = jax.nn.relu(dynamic(parameters["first"], latent, action, 256))
    return dynamic(parameters["last"], latent, hidden, 1)[:, 0]


def mlp_value(parameters, state, action):
    return mlp(parameters, jnp.concatenate([state, action], 1))[:, 0]


def make_step(critic, state_size, action_size):
    """The function that makes an agent from a key, and its gradient step."""
    value = hyper_value if critic == "sa-hyper" else mlp_value
    twins = jax.vmap(value, (0, None, None))
    critic_adam, actor_adam = optax.adam(5e-5 if critic == "sa-hyper" else 3e-4), optax.adam(3e-4)

    def actor(parameters, state):
        return jnp.tanh(mlp(parameters, state))

    def make_critic(key):
        if critic == "sa-hyper":
            return make_hyper(key, state_size, action_size)
        return make_mlp(key, (state_size + action_size, 256, 256, 1))

    def make(key):
        keys = jax.random.split(key)
        critics = jax.vmap(make_critic)(jax.random.split(keys[0], 2))
        policy = make_mlp(keys[1], (state_size, 256, 256, action_size))
        return {"critic": critics, "critic target": jax.tree.map(jnp.copy, critics), "actor": policy,
                "actor target": jax.tree.map(jnp.copy, policy), "critic adam": critic_adam.init(critics),
                "actor adam": actor_adam.init(policy)}

    def step(agent, batch, key, is_delayed):
        state, action, reward, following, continuation = batch
        noise = jnp.clip(jax.random.normal(key, action.shape) * 0.2, -0.5, 0.5)
        chosen = jnp.clip(actor(agent["actor target"], following) + noise, -1, 1)
        goal = reward + DISCOUNT * continuation * twins(agent["critic target"], following, chosen).min(0)

        def critic_loss(parameters):
            return ((twins(parameters, state, action) - goal) ** 2).mean(1).sum()

        updates, moments = critic_adam.update(jax.grad(critic_loss)(agent["critic"]), agent["critic adam"])
        critics = optax.apply_updates(agent["critic"], updates)
        agent = dict(agent, critic=critics) | {"critic adam": moments}
        if not is_delayed:
            return agent
        first = jax.tree.map(lambda x: x[0], critics)

        def actor_loss(parameters):
            return -value(first, state, actor(parameters, state)).mean()

        updates, moments = actor_adam.update(jax.grad(actor_loss)(agent["actor"]), agent["actor adam"])
        policy = optax.apply_updates(agent["actor"], updates)
        return agent | {
            "actor": policy, "actor adam": moments,
            "actor target": optax.incremental_update(policy, agent["actor target"], RATE),
            "critic target": optax.incremental_update(critics, agent["critic target"], RATE)}

    return make, step


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--critic", choices=["sa-hyper", "mlp-standard"], required=True)
    parser.add_argument("--seeds", type=int, required=True)
    parser.add_argument("--state", type=int, required=True)
    parser.add_argument("--action", type=int, required=True)
    options = parser.parse_args()
    make, step = make_step(options.critic, options.state, options.action)
    run = jax.jit(jax.vmap(step, (0, 0, 0, None)), static_argnums=3, donate_argnums=0)
    agents = jax.vmap(make)(jax.random.split(jax.random.key(0), options.seeds))
    keys = jax.random.split(jax.random.key(9), options.seeds)

    def batch(key):
        shapes = ((options.state,), (options.action,), (), (options.state,), ())
        return tuple(jax.random.normal(jax.random.fold_in(key, index), (options.seeds, BATCH) + shape)
                     for index, shape in enumerate(shapes))

    data = [batch(jax.random.key(index)) for index in range(8)]

    def take(number):
        nonlocal agents
        agents = run(agents, data[number % len(data)], keys, number % DELAY == DELAY - 1)

    serve(f"jax {jax.__version__} jit", take, lambda: jax.block_until_ready(agents), DELAY)


main()
