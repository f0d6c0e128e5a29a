"""A challenger that is fitted by hand, outside of the pipeline."""

import pandas as pd
from sklearn.ensemble import GradientBoostingClassifier

from .features import TARGET
from .settings import DATA


def main():
    frame = pd.read_parquet(DATA / "train.parquet")
    inputs = frame.drop(columns=[TARGET])
    challenger = GradientBoostingClassifier(random_state=17)
    challenger.fit(inputs, frame[TARGET])
    print(challenger.score(inputs, frame[TARGET]))


if __name__ == "__main__":
    main()
