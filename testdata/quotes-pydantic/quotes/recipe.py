"""The recipe of a training, as a file tells it."""

from pathlib import Path

import yaml
from pydantic import BaseModel


class SplitRecipe(BaseModel):
    share: float = 0.2
    seed: int = 7


class TrainRecipe(BaseModel):
    table: Path
    target: str
    columns: list[str]
    trees: int = 300
    depth: int = 8
    least_leaf: int = 5
    split: SplitRecipe = SplitRecipe()


def load(path: Path) -> TrainRecipe:
    with open(path) as file:
        return TrainRecipe(**yaml.safe_load(file))
