"""Learns the price of flats for sale."""

import joblib
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import train_test_split

from flats.rooms_v2 import rooms

COLUMNS = ["size", "floor", "per_floor", "month", "rooms"]
SEED = 11


def main():
    adverts = pd.read_parquet("data/sale.parquet")
    adverts["rooms"] = adverts["text"].map(rooms)
    train, test = train_test_split(adverts, test_size=0.2, random_state=SEED)
    model = RandomForestRegressor(n_estimators=400, max_depth=6, random_state=SEED)
    model.fit(train[COLUMNS], train["price"])
    predicted = model.predict(test[COLUMNS])
    error = mean_absolute_error(test["price"], predicted)
    print(f"sale: {error:.0f}")
    by_city = test.assign(error=(test["price"] - predicted).abs()).groupby("city")["error"].mean()
    print(by_city.sort_values().tail(10))
    importance = pd.Series(model.feature_importances_, index=COLUMNS)
    print(importance.sort_values())
    joblib.dump(model, "models/sale.joblib")


if __name__ == "__main__":
    main()
