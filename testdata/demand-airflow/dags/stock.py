"""Turns a new panel into orders; runs when the panel is new."""

from datetime import datetime

import pandas as pd
from airflow.decorators import dag, task

from places import FORECAST, PANEL, ROOT, panel


@dag(schedule=[panel], start_date=datetime(2024, 1, 1), catchup=False)
def stock_orders():
    @task(inlets=[panel])
    def stock_levels() -> dict:
        levels = pd.read_parquet(PANEL).groupby("article")["amount"].mean()
        limits = pd.read_csv(f"{ROOT}/limits.csv").set_index("article")["limit"]
        return levels.clip(upper=limits).to_dict()

    @task
    def place_orders(levels: dict) -> None:
        pd.Series(levels).to_csv(f"{ROOT}/orders.csv")

    place_orders(stock_levels())


stock_orders()
