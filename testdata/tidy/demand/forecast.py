"""The next days, kept apart from what was really sold."""

import joblib
import pandas as pd

from demand.places import FEATURES, FORECAST, MODEL, settings


def main():
    given = settings()
    model = joblib.load(MODEL)
    frame = pd.read_parquet(FEATURES)
    latest = frame.sort_values("date").groupby("shop").tail(given["forecast"]["days"])
    expected = model.predict(latest[given["model"]["features"]])
    forecast = pd.DataFrame({"shop": latest["shop"], "date": latest["date"], "expected": expected})
    forecast.to_parquet(FORECAST)


if __name__ == "__main__":
    main()
