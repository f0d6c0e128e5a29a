import joblib
import pandas as pd

model = joblib.load("models/late.joblib")
parcels = pd.read_csv("parcels/today.csv")
parcels["is_late"] = model.predict(parcels[["weight", "distance"]])
parcels.to_csv("parcels/scored.csv", index=False)
