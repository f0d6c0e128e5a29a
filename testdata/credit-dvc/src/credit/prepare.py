"""Joins the regions and sets the test rows apart."""

import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from .settings import DATA, parameters
from .tables import load_regions, write_table

NUMBERS = ["income", "debt", "unemployment"]


def main():
    split = parameters("split")
    accounts = pd.read_parquet(DATA / "raw.parquet")
    # The helper reads a table that the stage does not declare.
    accounts = accounts.merge(load_regions(), on="region", how="left")

    scaler = StandardScaler()
    accounts[NUMBERS] = scaler.fit_transform(accounts[NUMBERS])
    train, test = train_test_split(accounts, test_size=split["test_size"], random_state=split["seed"])

    write_table(train, "train")
    write_table(test, "test")


if __name__ == "__main__":
    main()
