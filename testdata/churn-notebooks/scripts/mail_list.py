"""Whom the success team writes to this month."""

import pandas as pd

THRESHOLD = 0.7

if __name__ == "__main__":
    risk = pd.read_csv("data/risk.csv")
    chosen = risk[risk["risk"] > THRESHOLD].sort_values("risk", ascending=False)
    # One file a month, so nothing is overwritten.
    chosen.to_csv(f"data/mail/{pd.Timestamp.now():%Y-%m}.csv", index=False)
