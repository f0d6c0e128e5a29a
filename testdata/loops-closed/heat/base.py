import joblib
import pandas as pd

model = joblib.load("models/heat.joblib")
hours = pd.read_csv("heat/hours.csv")
hours["expected"] = model.predict(hours[["outside", "wind"]])
hours.to_csv("heat/expected.csv", index=False)
