"""How the gradient step of an off-policy algorithm is run in JAX on synthetic data, for tools/compare-peers.

The whole step is one jitted function with donated buffers; seeds are vmapped.
"""
import argparse

import jax
from worker import serve


def serve_algorithm(make_step, batch_size, period):
    """Serves measurements of the steps that `make_step(critic, state, action)` gives.

    make_step: gives a function that makes an agent from a key, and step(agent, batch, key, is_delayed).
    period: steps after which costs repeat; the last one of them is delayed.
    """
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
        return tuple(jax.random.normal(jax.random.fold_in(key, index), (options.seeds, batch_size) + shape)
                     for index, shape in enumerate(shapes))

    data = [batch(jax.random.key(index)) for index in range(8)]

    def take(number):
        nonlocal agents
        agents = run(agents, data[number % len(data)], keys, number % period == period - 1)

    serve(f"jax {jax.__version__} jit", take, lambda: jax.block_until_ready(agents), period)
