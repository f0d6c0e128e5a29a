import joblib
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

history = pd.read_csv("parcels/history.csv")
model = LogisticRegression()
print(cross_val_score(model, history[["weight", "distance"]], history["late"]).mean())
model.fit(history[["weight", "distance"]], history["late"])
joblib.dump(model, "models/late.joblib")
