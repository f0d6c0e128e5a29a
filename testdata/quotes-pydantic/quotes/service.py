"""Answers with quotes."""

import logging

import joblib
import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel

from quotes.settings import TraceSettings, settings
from tracer import install

app = FastAPI()
install(**TraceSettings().model_dump())
logging.basicConfig(level=settings().log_level.upper())
model = joblib.load(settings().model.path)


class Move(BaseModel):
    volume: float
    distance: float
    floors: int


class Quote(BaseModel):
    price: float
    currency: str


@app.post("/quote")
def quote(move: Move) -> Quote:
    rows = pd.DataFrame([move.model_dump()])[settings().model.columns]
    least, greatest = settings().bounds
    price = min(max(model.predict(rows)[0], least), greatest)
    return Quote(price=price, currency=settings().currency)
