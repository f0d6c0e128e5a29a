"""Fits the forecast; what is learnt of the inputs is learnt from the training rows alone."""

import argparse
import json

import joblib
import pandas as pd
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from demand.places import FEATURES, METRICS, MODEL, settings


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--test-share", type=float, default=0.2)
    return parser.parse_args()


def main():
    args = arguments()
    given = settings()["model"]
    frame = pd.read_parquet(FEATURES)
    if frame["sold"].lt(0).any():
        raise ValueError("more came back than was sold")
    train, test = train_test_split(frame, test_size=args.test_share, random_state=args.seed)

    regressor = GradientBoostingRegressor(
        n_estimators=given["rounds"], learning_rate=given["rate"], random_state=args.seed
    )
    model = Pipeline([("scale", StandardScaler()), ("regress", regressor)])
    model.fit(train[given["features"]], train["sold"])
    joblib.dump(model, MODEL)

    error = mean_absolute_error(test["sold"], model.predict(test[given["features"]]))
    with open(METRICS, "w") as file:
        json.dump({"mean_absolute_error": error}, file)


if __name__ == "__main__":
    main()
