#!/usr/bin/env python3
"""SAC's gradient step in JAX, for tools/compare-peers; see jax_offpolicy.py for how it is run.

optax.adam; the twin critics are vmapped; the entropy coefficient is fixed.
"""
import math

import jax
import jax.numpy as jnp
import optax
from jax_networks import critic_value, make_critic, make_mlp, mlp
from jax_offpolicy import serve_algorithm

BATCH, DISCOUNT, RATE, ENTROPY = 256, 0.99, 0.005, 0.2
LOG_DEVIATION = (-20.0, 2.0)


def sample(policy, state, key):
    """Squashed actions and the logarithms of their densities."""
    mean, log_deviation = jnp.split(mlp(policy, state), 2, axis=-1)
    log_deviation = jnp.clip(log_deviation, *LOG_DEVIATION)
    noise = jax.random.normal(key, mean.shape)
    x = mean + jnp.exp(log_deviation) * noise
    density = (-0.5 * noise ** 2 - log_deviation - 0.5 * math.log(2 * math.pi)).sum(-1)
    return jnp.tanh(x), density - (2 * (math.log(2) - x - jax.nn.softplus(-2 * x))).sum(-1)


def make_step(critic, state_size, action_size):
    """The function that makes an agent from a key, and its gradient step."""
    value = critic_value(critic)
    twins = jax.vmap(value, (0, None, None))
    critic_adam, actor_adam = optax.adam(5e-5 if critic == "sa-hyper" else 3e-4), optax.adam(3e-4)

    def make(key):
        keys = jax.random.split(key)
        critics = jax.vmap(lambda key: make_critic(critic, key, state_size, action_size))(jax.random.split(keys[0], 2))
        policy = make_mlp(keys[1], (state_size, 256, 256, 2 * action_size))
        return {"critic": critics, "target": jax.tree.map(jnp.copy, critics), "actor": policy,
                "critic adam": critic_adam.init(critics), "actor adam": actor_adam.init(policy)}

    def step(agent, batch, key, _):
        state, action, reward, following, continuation = batch
        target_key, actor_key = jax.random.split(key)
        chosen, density = sample(agent["actor"], following, target_key)
        goal = reward + DISCOUNT * continuation * (
            twins(agent["target"], following, chosen).min(0) - ENTROPY * density)

        def critic_loss(parameters):
            return ((twins(parameters, state, action) - goal) ** 2).mean(1).sum()

        updates, critic_moments = critic_adam.update(jax.grad(critic_loss)(agent["critic"]), agent["critic adam"])
        critics = optax.apply_updates(agent["critic"], updates)

        def actor_loss(parameters):
            action, density = sample(parameters, state, actor_key)
            return (ENTROPY * density - twins(critics, state, action).min(0)).mean()

        updates, actor_moments = actor_adam.update(jax.grad(actor_loss)(agent["actor"]), agent["actor adam"])
        return {"critic": critics, "target": optax.incremental_update(critics, agent["target"], RATE),
                "actor": optax.apply_updates(agent["actor"], updates), "critic adam": critic_moments,
                "actor adam": actor_moments}

    return make, step


serve_algorithm(make_step, BATCH, 1)
