"""Drops reads that are adapters."""

import argparse

import pandas as pd


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--reads", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()

    adapters = pd.read_csv("resources/adapters.csv")
    reads = pd.read_csv(args.reads, sep="\t")
    kept = reads[~reads["sequence"].isin(adapters["sequence"])]
    kept.to_csv(args.out, index=False)


if __name__ == "__main__":
    main()
