"""How good the scorecard is on the rows that were set apart."""

import json

import joblib
import pandas as pd
from sklearn.metrics import roc_auc_score

from .features import FEATURES, TARGET, add_features
from .settings import DATA, MODELS, REPORTS


def main():
    test = add_features(pd.read_parquet(DATA / "test.parquet"))
    model = joblib.load(MODELS / "scorecard.joblib")
    scores = model.predict_proba(test[FEATURES])[:, 1]
    with open(REPORTS / "metrics.json", "w") as file:
        json.dump({"auc": roc_auc_score(test[TARGET], scores)}, file)


if __name__ == "__main__":
    main()
