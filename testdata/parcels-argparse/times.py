"""The model of delivery times."""

import joblib
import pandas as pd
from sklearn.ensemble import RandomForestRegressor

COLUMNS = ["distance", "weight", "hour"]


def learn(rows: str, out: str, trees: int, max_depth: int) -> None:
    parcels = pd.read_csv(rows, usecols=[*COLUMNS, "minutes"])
    if parcels["minutes"].isna().any():
        raise ValueError("rows without minutes")
    model = RandomForestRegressor(n_estimators=trees, max_depth=max_depth, random_state=3)
    model.fit(parcels[COLUMNS], parcels["minutes"])
    joblib.dump(model, out)
