"""Somebody runs this once a year, by hand."""

import pandas as pd

if __name__ == "__main__":
    calendar = pd.read_excel("/mnt/hr/calendar.xlsx")
    calendar[calendar["closed"]].to_csv("/data/demand/holidays.csv", index=False)
