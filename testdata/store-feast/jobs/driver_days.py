"""Adds up the trips of every driver and day."""

import pandas as pd


def main():
    trips = pd.read_parquet("data/trips.parquet")
    if trips["driver_id"].isna().any():
        raise ValueError("trips without a driver")
    days = trips.groupby(["driver_id", "day"]).agg(
        accepted=("accepted", "sum"), offered=("accepted", "size"), mean_rating=("rating", "mean")
    )
    days.reset_index().to_parquet("data/driver_days.parquet")


if __name__ == "__main__":
    main()
