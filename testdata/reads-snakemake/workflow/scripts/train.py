"""Trains the classifier of species."""

import sys

import joblib
import pandas as pd
from sklearn.naive_bayes import MultinomialNB


def main():
    table, target = sys.argv[1:]
    counts = pd.read_parquet(table).pivot(index="species", columns="words", values="times").fillna(0)
    weights = pd.read_csv("config/class_weights.csv", index_col="species")
    model = MultinomialNB(class_prior=weights["weight"])
    model.fit(counts, counts.index)
    joblib.dump(model, target)


if __name__ == "__main__":
    main()
