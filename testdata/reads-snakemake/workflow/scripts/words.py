"""Counts words of a fixed length in all reads."""

import argparse

import pandas as pd


def words(sequence, length):
    return [sequence[i : i + length] for i in range(len(sequence) - length + 1)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--word", type=int, required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("tables", nargs="+")
    args = parser.parse_args()

    reads = pd.concat([pd.read_csv(table) for table in args.tables])
    reads["words"] = [words(sequence, args.word) for sequence in reads["sequence"]]
    counts = reads.explode("words").groupby(["species", "words"]).size().reset_index(name="times")
    counts.to_parquet(args.out)


if __name__ == "__main__":
    main()
