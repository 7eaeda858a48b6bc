#!/usr/bin/env python3
"""TD3's gradient step in JAX, for tools/compare-peers; see jax_offpolicy.py for how it is run.

optax.adam; the twin critics are vmapped.
"""
import jax
import jax.numpy as jnp
import optax
from jax_networks import critic_value, make_critic, make_mlp, mlp
from jax_offpolicy import serve_algorithm

BATCH, DELAY, DISCOUNT, RATE = 100, 2, 0.99, 0.005


def make_step(critic, state_size, action_size):
    """The function that makes an agent from a key, and its gradient step."""
    value = critic_value(critic)
    twins = jax.vmap(value, (0, None, None))
    critic_adam, actor_adam = optax.adam(5e-5 if critic == "sa-hyper" else 3e-4), optax.adam(3e-4)

    def actor(parameters, state):
        return jnp.tanh(mlp(parameters, state))

    def make(key):
        keys = jax.random.split(key)
        critics = jax.vmap(lambda key: make_critic(critic, key, state_size, action_size))(jax.random.split(keys[0], 2))
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


serve_algorithm(make_step, BATCH, DELAY)
