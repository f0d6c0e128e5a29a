from pathlib import Path

import pandas as pd

BLOCKED = Path("data") / "01_raw" / "blocked_merchants.csv"


def add_hours(payments: pd.DataFrame) -> pd.DataFrame:
    payments["hour"] = pd.to_datetime(payments["time"]).dt.hour
    return payments


def add_merchants(payments: pd.DataFrame, merchants: pd.DataFrame) -> pd.DataFrame:
    blocked = pd.read_csv(BLOCKED)["merchant"]
    merchants = merchants[~merchants["merchant"].isin(blocked)]
    return payments.merge(merchants[["merchant", "chargebacks"]], on="merchant")
