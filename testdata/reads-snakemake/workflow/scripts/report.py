"""Writes what changed since the last release."""

import joblib
import pandas as pd

model = joblib.load(snakemake.input.model)
words = pd.read_parquet(snakemake.input.words)
last = pd.read_csv("results/last_release.csv")

species = words.merge(last, on="species")
species.to_html(snakemake.output[0])
print(model.classes_)
