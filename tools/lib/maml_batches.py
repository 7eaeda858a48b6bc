"""Tasks and batches of the MAML fixtures: made-up episodes of different lengths, the same in every version of PyTorch.

All numbers are float32's values, so that programs of either precision begin with the same ones.
"""
import torch

from hashed_numbers import filled


def rounded(tensor):
    """The nearest float32 numbers, kept in float64."""
    return tensor.float().double()


def hashed(name, *shape):
    return torch.from_numpy(filled(name, shape))


class Tasks:
    """Goals drawn once for training, those of a batch, and their contexts [N, 1]."""

    def __init__(self, goals, chosen):
        self.goals = rounded(torch.tensor(goals, dtype=torch.float64))
        self.chosen = torch.tensor(chosen)
        self.batch = self.goals[self.chosen]
        low, high = self.goals.min(), self.goals.max()
        self.contexts = {"scaled": rounded((self.batch - low) / (high - low))[:, None], "raw": self.batch[:, None]}

    def tensors(self):
        return {"tasks.goals": self.goals.float(), "tasks.chosen": self.chosen,
                "tasks.contexts.scaled": self.contexts["scaled"].float(),
                "tasks.contexts.raw": self.contexts["raw"].float()}


def make_episodes(name, tasks, lengths, state, action, act):
    """Episodes [N][B]: dictionaries of observations [n, S], actions [n, A], rewards [n].

    - lengths: of the episodes, [N][B].
    - act: from a task and observations [n, S] to the mean and the deviation of actions [n, A].
    """
    count, longest = (len(lengths), len(lengths[0])), max(map(max, lengths))
    observations = rounded(hashed(f"{name}.observations", *count, longest, state))
    # The noise has the variance of a standard normal.
    noise = 3 ** 0.5 * hashed(f"{name}.noise", *count, longest, action)
    luck = 0.3 * hashed(f"{name}.luck", *count, longest)
    episodes = []
    for i, row in enumerate(lengths):
        episodes.append([])
        for b, n in enumerate(row):
            o = observations[i, b, :n]
            mean, deviation = act(i, o)
            a = rounded(mean + deviation * noise[i, b, :n])
            speed = 1.5 + o[:, 0] + 0.5 * a[:, 0] - 0.25 * a[:, -1] * o[:, 1]
            r = rounded(-(speed - tasks.batch[i]).abs() - 0.05 * (a * a).sum(1) + luck[i, b, :n])
            episodes[-1].append({"observations": o, "actions": a, "rewards": r})
    return episodes


def padded(rows):
    """Values of every step, lists [N][B] of [n, ...], as one tensor [N, B, T, ...] with zeros behind the ends."""
    longest = max(len(x) for row in rows for x in row)
    result = torch.zeros(len(rows), len(rows[0]), longest, *rows[0][0].shape[1:])
    for i, row in enumerate(rows):
        for b, x in enumerate(row):
            result[i, b, :len(x)] = x
    return result


def episode_tensors(name, episodes):
    """A batch as it is stored: observations, actions, rewards and mask."""
    result = {f"{name}.{key}": padded([[e[key] for e in row] for row in episodes]).float()
              for key in ("observations", "actions", "rewards")}
    result[f"{name}.mask"] = padded([[torch.ones(len(e["rewards"])) for e in row] for row in episodes]).float()
    return result
