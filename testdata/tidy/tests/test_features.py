import pandas as pd

from demand.features import features


def test_the_first_week_has_no_last_week():
    days = pd.date_range("2024-01-01", periods=10).astype(str)
    sales = pd.DataFrame({"shop": "a", "date": days, "sold": range(10)})
    weather = pd.DataFrame({"date": days, "temperature": 3.0})
    assert len(features(sales, weather)) == 3
