"""The web service: uvicorn ranking.service:app"""

import joblib
import pandas as pd
from fastapi import FastAPI

from ranking.features import item_features
from ranking.settings import ServiceSettings, limits, load

app = FastAPI()
settings = load()
service = ServiceSettings()
ranker = joblib.load(settings["model"]["path"])
candidates = item_features(pd.read_parquet(settings["store"]["candidates"]))


@app.get("/rank")
def rank(query: str):
    fitting = candidates[candidates["title"].str.contains(query, case=False, regex=False)]
    fitting = fitting.head(limits()["service"]["max_candidates"])
    fitting = fitting.assign(score=ranker.predict_proba(fitting[settings["model"]["features"]])[:, 1])
    fitting = fitting[fitting["score"] >= settings["ranking"]["minimum_score"]]
    best = fitting.nlargest(settings["ranking"]["page_size"], "score")
    return {"items": best["item_id"].tolist(), "cache": settings["ranking"].get("cache_seconds", 60)}


@app.get("/health")
def health():
    return {"host": service.host, "port": service.port, "limit": limits()["service"]["requests_per_minute"]}
