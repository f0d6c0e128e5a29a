"""Looks for flats that are offered far below what the model expects."""

import joblib
import pandas as pd

from flats.rooms_v2 import rooms


def today():
    adverts = pd.read_csv("data/today.csv")
    adverts = adverts.dropna(subset=["price", "text"])
    adverts["price"] = adverts["price"].clip(1000, 5_000_000)
    adverts["posted"] = pd.to_datetime(adverts["posted"])
    adverts["month"] = adverts["posted"].dt.month
    adverts["weekday"] = adverts["posted"].dt.dayofweek
    adverts["size"] = adverts["size"].fillna(adverts["size"].median())
    adverts["floor"] = adverts["floor"].fillna(0)
    adverts["per_floor"] = adverts["size"] / (adverts["floor"] + 1)
    adverts["city"] = adverts["city"].str.strip().str.lower()
    streets = adverts.groupby("street")["size"].mean()
    adverts = adverts.merge(streets, on="street", suffixes=("", "_street"))
    adverts["larger"] = adverts["size"] > adverts["size_street"]
    adverts = adverts.drop(columns=["street", "posted"])
    return adverts


def main():
    adverts = today()
    adverts["rooms"] = adverts["text"].map(rooms)
    model = joblib.load("models/sale.joblib")
    expected = model.predict(adverts[["size", "floor", "per_floor", "month", "rooms"]])
    adverts.assign(expected=expected).to_csv("data/watch.csv", index=False)


if __name__ == "__main__":
    main()
