"""Fits the churn model and leaves a prediction for every customer."""

import joblib
import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.model_selection import train_test_split

INPUTS = ["tickets", "monthly_price", "seats"]


def main():
    features = pd.read_parquet("data/features.parquet")
    train, test = train_test_split(features, test_size=0.25, random_state=3)
    model = LGBMClassifier(n_estimators=200, random_state=3)
    model.fit(train[INPUTS], train["churned"])
    print("accuracy", model.score(test[INPUTS], test["churned"]))
    joblib.dump(model, "models/churn.joblib")

    features["risk"] = model.predict_proba(features[INPUTS])[:, 1]
    features[["customer_id", "risk"]].to_csv("data/risk.csv", index=False)


if __name__ == "__main__":
    main()
