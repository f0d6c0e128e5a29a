import pandas as pd
from dagster import AssetIn, AssetKey, asset

from .raw import CONTRACTS, contracts


@asset(deps=[contracts])
def active_contracts() -> pd.DataFrame:
    frame = pd.read_csv(CONTRACTS)
    return frame[frame["end"].isna()]


@asset(ins={"customers": AssetIn(key=AssetKey(["customers"]))})
def churn_features(customers: pd.DataFrame, active_contracts: pd.DataFrame) -> pd.DataFrame:
    calls = pd.read_csv("data/calls.csv")
    frame = customers.merge(active_contracts, on="customer")
    return frame.merge(calls.groupby("customer").size().rename("calls"), on="customer")
