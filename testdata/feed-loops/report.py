import joblib
import pandas as pd

model = joblib.load("models/price.joblib")
for day in pd.read_csv("data/next.csv").to_dict("records"):
    print(f"{day['date']}: {model.predict([[day['price'], day['holiday']]])[0]:+.1f} more than usual")
