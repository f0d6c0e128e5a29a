import argparse

import joblib
import pandas as pd
from sklearn.ensemble import GradientBoostingRegressor

FEATURES = ["degrees", "holiday"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--panel", default="panel.parquet")
    parser.add_argument("--day", required=True)
    args = parser.parse_args()
    panel = pd.read_parquet(args.panel)
    holidays = pd.read_csv("/data/demand/holidays.csv")
    panel = panel[panel["day"] < args.day].merge(holidays, on="day")
    model = GradientBoostingRegressor().fit(panel[FEATURES], panel["amount"])
    joblib.dump(model, "/data/demand/models/demand.joblib")


if __name__ == "__main__":
    main()
