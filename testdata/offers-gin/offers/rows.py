"""The rows that offers are ranked by."""

import gin
import pandas as pd


@gin.configurable
def load(path, days=30):
    rows = pd.read_csv(path, usecols=["day", "price", "clicks", "taken"])
    return rows[rows["day"] >= rows["day"].max() - days]


@gin.configurable("split")
def by_day(rows, share=0.2):
    cut = rows["day"].quantile(1 - share)
    return rows[rows["day"] <= cut], rows[rows["day"] > cut]
