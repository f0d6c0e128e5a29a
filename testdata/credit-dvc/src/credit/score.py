"""Scores this month's applications."""

import argparse

import joblib
import pandas as pd

from .features import FEATURES, add_features
from .settings import DATA, MODELS


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", required=True)
    args = parser.parse_args()

    applications = add_features(pd.read_csv(args.input, parse_dates=["opened", "as_of"]))
    model = joblib.load(MODELS / "scorecard.joblib")
    chances = model.predict_proba(applications[FEATURES])[:, 1]
    scores = pd.DataFrame({"application_id": applications["application_id"], "score": chances})
    scores.to_csv(DATA / "scores.csv", index=False)


if __name__ == "__main__":
    main()
