"""One row a shop and day."""

import argparse

import pandas as pd

from demand.places import FEATURES, SALES, WEATHER


def features(sales, weather):
    frame = sales.merge(weather, on="date", how="left")
    frame["weekday"] = pd.to_datetime(frame["date"]).dt.weekday
    frame["last_week"] = frame.groupby("shop")["sold"].shift(7)
    return frame.dropna(subset=["last_week"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int)  # mldebt: ignore[unused-option] the scheduler passes it to every job
    parser.parse_args()
    features(pd.read_parquet(SALES), pd.read_csv(WEATHER)).to_parquet(FEATURES)


if __name__ == "__main__":
    main()
