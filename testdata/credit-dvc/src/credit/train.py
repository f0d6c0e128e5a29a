"""Fits the scorecard."""

import json

import joblib
import pandas as pd
from sklearn.linear_model import LogisticRegression

from .features import FEATURES, TARGET, add_features
from .settings import DATA, MODELS, parameters


def scorecard(train, settings):
    model = LogisticRegression(C=settings["C"], max_iter=settings["max_iter"])
    return model.fit(train[FEATURES], train[TARGET])


def main():
    train = add_features(pd.read_parquet(DATA / "train.parquet"))
    model = scorecard(train, parameters("model"))
    joblib.dump(model, MODELS / "scorecard.joblib")
    # The web service wants this list, but the pipeline does not know of it.
    with open(MODELS / "features.json", "w") as file:
        json.dump(FEATURES, file)


if __name__ == "__main__":
    main()
