"""Where everything lies, and the settings."""

from pathlib import Path

import yaml

DATA = Path("data")
SALES = DATA / "sales.parquet"
WEATHER = DATA / "weather.csv"
FEATURES = DATA / "features.parquet"
FORECAST = DATA / "forecast.parquet"
MODEL = Path("models") / "demand.joblib"
METRICS = Path("reports") / "metrics.json"


def settings():
    with open("settings/demand.yaml") as file:
        return yaml.safe_load(file)
