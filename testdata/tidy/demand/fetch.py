"""Brings sales and weather, each at a fixed version."""

import pandas as pd
from datasets import load_dataset

from demand.places import SALES, WEATHER, settings


def main():
    given = settings()
    sales = load_dataset(given["sales"]["dataset"], revision=given["sales"]["revision"], split="train")
    sales.to_parquet(SALES)
    weather = pd.read_csv(given["weather"]["url"])
    weather.to_csv(WEATHER, index=False)


if __name__ == "__main__":
    main()
