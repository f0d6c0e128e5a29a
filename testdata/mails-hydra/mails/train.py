"""Trains the filter of mails."""

import hydra
import pandas as pd
from omegaconf import DictConfig
from sklearn.model_selection import cross_val_score


@hydra.main(config_path="../conf", config_name="config", version_base=None)
def main(cfg: DictConfig) -> None:
    columns = list(cfg.data.columns)
    mails = pd.read_csv(cfg.data.path, usecols=[*columns, cfg.data.label])
    if mails[cfg.data.label].isna().any():
        raise ValueError("mails without a label")
    model = hydra.utils.instantiate(cfg.model)
    scores = cross_val_score(model, mails[columns], mails[cfg.data.label], cv=cfg.train.folds, scoring=cfg.train.metric)
    print(scores.mean())


if __name__ == "__main__":
    main()
