"""Collects the notes of couriers; what it does not know it hands to the search."""

import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--since")
parser.add_argument("--limit", type=int, default=10)
args, words = parser.parse_known_args()
print(args.since, args.limit, words)
