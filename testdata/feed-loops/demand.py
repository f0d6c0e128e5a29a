import joblib
import pandas as pd

model = joblib.load("models/demand.joblib")
days = pd.read_csv("data/days.csv")
days["expected"] = model.predict(days[["weekday", "rain"]])
days.to_csv("data/expected.csv")
