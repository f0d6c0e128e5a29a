"""Takes offers that are none out of the table."""

import sys
from pathlib import Path

import pandas as pd

CLEAN = Path("data/clean")


def main():
    offers = pd.read_csv(sys.argv[1])
    offers = offers.dropna(subset=["rent", "area"])
    offers = offers[offers["area"].between(8, 600)]
    offers["rent_per_metre"] = offers["rent"] / offers["area"]
    CLEAN.mkdir(parents=True, exist_ok=True)
    offers.to_csv(CLEAN / "offers.csv", index=False)


if __name__ == "__main__":
    main()
