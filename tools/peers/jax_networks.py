"""The networks of the paper in JAX, as a user of JAX would write them: functions of nested dictionaries of arrays."""
import math

import jax
import jax.numpy as jnp


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


def make_critic(critic, key, state, action):
    if critic == "sa-hyper":
        return make_hyper(key, state, action)
    return make_mlp(key, (state + action, 256, 256, 1))


def critic_value(critic):
    """The function of a critic's parameters, states and actions that gives values of shape [batch]."""
    return hyper_value if critic == "sa-hyper" else mlp_value
