"""Fits the model of delivery times."""

import argparse

from times import learn


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", required=True)
    parser.add_argument("--out", required=True)
    # Read by name nowhere: both go on as a whole.
    parser.add_argument("--trees", type=int, default=100)
    parser.add_argument("--max-depth", type=int, default=8)
    return parser.parse_args()


if __name__ == "__main__":
    learn(**vars(options()))
