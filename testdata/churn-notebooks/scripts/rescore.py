"""Scores again with last month's model, when training failed."""

import joblib
import pandas as pd

INPUTS = ["tickets", "monthly_price", "seats"]

if __name__ == "__main__":
    features = pd.read_parquet("data/features.parquet")
    model = joblib.load("models/churn.joblib")
    features["risk"] = model.predict_proba(features[INPUTS])[:, 1]
    features[["customer_id", "risk"]].to_csv("data/risk.csv", index=False)
