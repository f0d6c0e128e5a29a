"""Cleans the adverts that models learn from."""

import sys

import pandas as pd


def load(path):
    adverts = pd.read_csv(path)
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


if __name__ == "__main__":
    kind = sys.argv[1]
    adverts = load("data/adverts.csv")
    adverts[adverts["kind"] == kind].to_parquet(f"data/{kind}.parquet")
