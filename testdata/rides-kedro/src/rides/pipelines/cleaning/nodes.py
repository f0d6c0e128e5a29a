import pandas as pd


def drop_odd_rides(rides: pd.DataFrame, shortest: float, longest: float) -> pd.DataFrame:
    minutes = (pd.to_datetime(rides["ended"]) - pd.to_datetime(rides["started"])).dt.total_seconds() / 60
    return rides[minutes.between(shortest, longest)]


def within_city(rides: pd.DataFrame, city: dict[str, float]) -> pd.DataFrame:
    return rides[rides["latitude"].between(city["south"], city["north"])]


def by_hour(rides: pd.DataFrame, weather: pd.DataFrame) -> pd.DataFrame:
    hours = pd.to_datetime(rides["started"]).dt.floor("h")
    counts = hours.value_counts().rename_axis("time").reset_index(name="rides")
    counts["hour"] = counts["time"].dt.hour
    counts["weekday"] = counts["time"].dt.weekday
    return counts.merge(weather, on="time")
