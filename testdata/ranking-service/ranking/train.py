"""The nightly training: python -m ranking.train --rounds 300"""

import argparse

import joblib
import pandas as pd
from lightgbm import LGBMClassifier

from ranking.features import item_features
from ranking.settings import load


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=11)
    # The early stopping it belonged to was removed.
    parser.add_argument("--patience", type=int, default=20)
    parser.add_argument("--balanced", action="store_true", default=True)
    # Switched off by the second of the pair, so both states can be had.
    parser.add_argument("--verbose", dest="verbose", action="store_true", default=True)
    parser.add_argument("--quiet", dest="verbose", action="store_false")
    return parser.parse_args()


def main():
    args = arguments()
    settings = load()
    clicks = pd.read_csv(settings["store"]["clicks"])
    items = item_features(pd.read_parquet(settings["store"]["items"]))
    rows = clicks.merge(items, on="item_id")

    weight = "balanced" if args.balanced else None
    ranker = LGBMClassifier(n_estimators=args.rounds, random_state=args.seed, class_weight=weight)
    ranker.fit(rows[settings["model"]["features"]], rows["clicked"])
    joblib.dump(ranker, settings["model"]["path"])
    if args.verbose:
        print("fitted on", len(rows), "rows")


if __name__ == "__main__":
    main()
