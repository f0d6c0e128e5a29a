"""Fits the price model."""

from pathlib import Path

import joblib
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import train_test_split

from quotes.recipe import load
from quotes.settings import settings


def main() -> None:
    recipe = load(Path("conf/train.yaml"))
    moves = pd.read_parquet(recipe.table)
    train, valid = train_test_split(moves, test_size=recipe.split.share, random_state=recipe.split.seed)
    model = RandomForestRegressor(
        n_estimators=recipe.trees,
        max_depth=recipe.depth,
        min_samples_leaf=recipe.least_leaf,
        random_state=recipe.split.seed,
    )
    model.fit(train[recipe.columns], train[recipe.target])
    error = mean_absolute_error(valid[recipe.target], model.predict(valid[recipe.columns]))
    if error > 150:
        raise SystemExit(f"the model is off by {error:.0f}")
    joblib.dump(model, settings().model.path)


if __name__ == "__main__":
    main()
