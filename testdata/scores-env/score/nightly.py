"""Fills the table of scores at night."""

import os

import pandas as pd

from score.tables import FOLDER, TABLE


def main() -> None:
    rows = pd.read_parquet(f"{FOLDER}/customers.parquet")
    out = os.getenv("SCORE_FOLDER", "/data/scores")
    rows.to_parquet(f"{out}/{TABLE}.parquet")


if __name__ == "__main__":
    main()
