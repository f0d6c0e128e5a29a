"""Ranks drivers for a trip."""

import joblib
from fastapi import FastAPI
from feast import FeatureStore

app = FastAPI()
store = FeatureStore(repo_path="store")
model = joblib.load("models/rank.joblib")


@app.get("/rank")
def rank(driver: int):
    asked = ["driver_stats:mean_rating", "driver_rates:accept_rate", "driver_live:trips_now"]
    row = store.get_online_features(features=asked, entity_rows=[{"driver_id": driver}]).to_df()
    return float(model.predict_proba(row[["mean_rating", "accept_rate"]])[0, 1])
