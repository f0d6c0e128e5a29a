import joblib
import pandas as pd

model = joblib.load("models/offers.joblib")
guests = pd.read_csv("page/guests.csv")
guests["chance"] = model.predict_proba(guests[["nights", "month"]])[:, 1]
guests.sort_values("chance").head(50).to_csv("page/offers.csv", index=False)
