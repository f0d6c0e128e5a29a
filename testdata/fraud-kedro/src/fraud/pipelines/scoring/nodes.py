import pandas as pd
from sklearn.ensemble import RandomForestClassifier


def train(frame: pd.DataFrame, options: dict) -> RandomForestClassifier:
    model = RandomForestClassifier(n_estimators=options["trees"], random_state=1)
    return model.fit(frame[options["features"]], frame["fraud"])


def score(model, frame: pd.DataFrame, options: dict) -> pd.DataFrame:
    frame["score"] = model.predict_proba(frame[options["features"]])[:, 1]
    frame[["payment", "score"]].to_csv("data/07_model_output/for_analysts.csv")
    return frame[["payment", "score"]]
