"""The forecast over the web: uvicorn demand.service:app"""

import pandas as pd
from fastapi import FastAPI
from pydantic_settings import BaseSettings

from demand.places import FORECAST


class ServiceSettings(BaseSettings):
    most_days: int = 14
    show_dates: bool = True


app = FastAPI()
service = ServiceSettings()
forecast = pd.read_parquet(FORECAST)


@app.get("/forecast/{shop}")
def shop_forecast(shop: str):
    rows = forecast[forecast["shop"] == shop].head(service.most_days)
    answer = {"expected": rows["expected"].tolist()}
    if service.show_dates:
        answer["dates"] = rows["date"].astype(str).tolist()
    return answer
