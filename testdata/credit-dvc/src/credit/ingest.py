"""Takes the account export over into the project's own format."""

import argparse

import pandas as pd


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()

    accounts = pd.read_csv(args.accounts, parse_dates=["opened"])
    accounts = accounts.drop_duplicates("account_id").dropna(subset=["defaulted"])
    accounts.to_parquet(args.out, index=False)


if __name__ == "__main__":
    main()
