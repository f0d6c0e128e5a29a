"""Run by the fraud desk when a merchant is to be blocked."""

import sys

import pandas as pd

if __name__ == "__main__":
    blocked = pd.DataFrame({"merchant": sys.argv[1:]})
    blocked.to_csv("data/01_raw/blocked_merchants.csv", index=False)
