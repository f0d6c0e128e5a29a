from typing import Tuple

import pandas as pd
from sklearn.model_selection import train_test_split
from zenml import step

RATES = "shared/rates.csv"


@step
def load(path: str) -> pd.DataFrame:
    return pd.read_csv(path)


@step(enable_cache=False)
def split(frame: pd.DataFrame) -> Tuple[pd.DataFrame, pd.DataFrame]:
    train, test = train_test_split(frame, random_state=3)
    test.to_csv("shared/size_test.csv")
    return train, test
