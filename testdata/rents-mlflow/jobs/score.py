"""Says what flats should cost."""

import sys

import joblib
import pandas as pd

FEATURES = ["area", "rooms", "floor", "year"]


def main():
    flats = pd.read_csv(sys.argv[1])
    model = joblib.load("models/rents.joblib")
    flats["fair_rent"] = model.predict(flats[FEATURES])
    flats.to_csv("fair_rents.csv", index=False)


if __name__ == "__main__":
    main()
