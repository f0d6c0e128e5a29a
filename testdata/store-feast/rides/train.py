"""Fits the model that ranks drivers for a trip."""

import joblib
import pandas as pd
from feast import FeatureStore
from sklearn.ensemble import GradientBoostingClassifier

INPUTS = ["mean_rating", "accept_rate"]


def main():
    offers = pd.read_parquet("data/offers.parquet", columns=["driver_id", "event_timestamp", "taken"])
    store = FeatureStore(repo_path="store")
    service = store.get_feature_service("dispatch_v2")
    rows = store.get_historical_features(entity_df=offers, features=service).to_df()
    assert rows["mean_rating"].notna().mean() > 0.9
    joblib.dump(GradientBoostingClassifier().fit(rows[INPUTS], rows["taken"]), "models/rank.joblib")


if __name__ == "__main__":
    main()
