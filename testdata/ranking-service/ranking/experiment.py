"""Tries other settings: python -m ranking.experiment model.leaves=63"""

import hydra
import pandas as pd
from lightgbm import LGBMClassifier

FEATURES = ["popularity", "age_days", "title_length"]


@hydra.main(version_base=None, config_path="../conf", config_name="config")
def main(config):
    rows = pd.read_parquet("data/experiment.parquet")
    model = LGBMClassifier(num_leaves=config.model.leaves, learning_rate=config.model.rate, n_estimators=config.epochs)
    model.fit(rows[FEATURES], rows["clicked"])
    print(model.score(rows[FEATURES], rows["clicked"]))


if __name__ == "__main__":
    main()
