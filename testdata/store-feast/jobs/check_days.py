"""Looks over the days by hand."""

import pandas as pd

days = pd.read_parquet("data/driver_days.parquet")
assert len(days) > 1000, "most drivers are missing"
assert days["mean_rating"].between(1, 5).all()
assert (days["accepted"] <= days["offered"]).all()
