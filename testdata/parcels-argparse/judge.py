"""Judges the model on another month."""

import argparse

import joblib
import pandas as pd
from sklearn.metrics import mean_absolute_error

from times import COLUMNS


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--rows", required=True)
    parser.add_argument("--quantile", type=float, default=0.9)
    parser.add_argument("--plot", action="store_true", help="draw the errors")
    args = parser.parse_args()
    parcels = pd.read_csv(args.rows, usecols=[*COLUMNS, "minutes"])
    times = joblib.load(args.model).predict(parcels[COLUMNS])
    print(mean_absolute_error(parcels["minutes"], times), parcels["minutes"].quantile(args.quantile))


if __name__ == "__main__":
    main()
