"""Answers with the score of a customer."""

import os

import joblib
from fastapi import FastAPI

from score.settings import SETTINGS
from score.tables import TABLE

app = FastAPI()
MODEL = joblib.load(os.environ["SCORE_MODEL"])


@app.post("/score")
def score(rows: list[dict[str, float]]) -> dict[str, object]:
    answers = []
    for start in range(0, min(len(rows), SETTINGS.limit_per_day), SETTINGS.batch_size):
        batch = rows[start : start + SETTINGS.batch_size]
        answers.extend(MODEL.predict_proba([list(row.values()) for row in batch])[:, 1])
    return {"table": TABLE, "scores": answers}
