import pandas as pd
from dagster import asset
from sklearn.linear_model import LogisticRegression

FEATURES = ["age", "monthly", "calls"]


@asset
def churn_model(churn_features: pd.DataFrame) -> LogisticRegression:
    return LogisticRegression().fit(churn_features[FEATURES], churn_features["left"])


@asset
def churn_scores(churn_model: LogisticRegression, churn_features: pd.DataFrame) -> pd.DataFrame:
    churn_features["score"] = churn_model.predict_proba(churn_features[FEATURES])[:, 1]
    return churn_features[["customer", "score"]]
