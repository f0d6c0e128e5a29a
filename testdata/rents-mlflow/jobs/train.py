"""Trains the model of rents."""

import argparse

import joblib
import mlflow
import pandas as pd
from sklearn.ensemble import GradientBoostingRegressor

FEATURES = ["area", "rooms", "floor", "year"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--offers", required=True)
    parser.add_argument("--depth", type=int, default=6)
    parser.add_argument("--folds", type=int, default=5)
    args = parser.parse_args()

    offers = pd.read_csv(args.offers)
    model = GradientBoostingRegressor(max_depth=args.depth, random_state=7)
    with mlflow.start_run():
        mlflow.log_param("depth", args.depth)
        model.fit(offers[FEATURES], offers["rent"])
        joblib.dump(model, "models/rents.joblib")


if __name__ == "__main__":
    main()
