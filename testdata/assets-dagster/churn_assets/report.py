"""The weekly table for the board."""

import pandas as pd
from dagster import asset


@asset
def call_report() -> None:
    calls = pd.read_csv("data/calls.csv")
    calls.groupby("week").size().to_frame("calls").to_csv("reports/calls.csv")
