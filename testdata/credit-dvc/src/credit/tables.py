"""Tables that come with the accounts."""

import pandas as pd

from .settings import DATA

REGIONS = DATA / "reference" / "regions.csv"


def load_regions():
    """Unemployment by region, kept by the risk team."""
    return pd.read_csv(REGIONS, dtype={"region": "category"})


def write_table(frame, name):
    frame.to_parquet(DATA / f"{name}.parquet", index=False)
