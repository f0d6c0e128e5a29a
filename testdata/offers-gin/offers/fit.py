"""Fits the ranking."""

import sys

import gin
import torch

from offers.model import Ranking
from offers.rows import by_day, load


@gin.configurable
def fit(seed=7, epochs=10, patience=3):
    torch.manual_seed(seed)
    train, test = by_day(load())
    ranking, best, waited = Ranking(), float("inf"), 0
    for _ in range(epochs):
        loss = ranking.net(torch.tensor(train[["price", "clicks"]].values)).mean()
        loss.backward()
        ranking.optimizer.step()
        now = float(ranking.net(torch.tensor(test[["price", "clicks"]].values)).mean())
        best, waited = (now, 0) if now < best else (best, waited + 1)
        if waited > patience:
            break


if __name__ == "__main__":
    gin.parse_config_file(sys.argv[1])
    fit()
