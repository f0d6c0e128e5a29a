import pandas as pd
from sklearn.ensemble import RandomForestRegressor


def split(rides: pd.DataFrame, options: dict) -> tuple[pd.DataFrame, pd.DataFrame]:
    rides = rides.sort_values("time")
    return rides[: -options["test_hours"]], rides[-options["test_hours"] :]


def train(rides: pd.DataFrame, features: list[str], forest: dict, seed: int) -> RandomForestRegressor:
    model = RandomForestRegressor(random_state=seed, **forest)
    return model.fit(rides[features], rides["rides"])


def evaluate(model, rides: pd.DataFrame, features: list[str], quantile: float) -> dict[str, float]:
    error = (model.predict(rides[features]) - rides["rides"]).abs()
    return {"mean": float(error.mean()), "high": float(error.quantile(quantile))}
