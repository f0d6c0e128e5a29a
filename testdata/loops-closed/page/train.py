import joblib
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sqlalchemy import create_engine

seen = pd.read_sql("select nights, month, booked from shop.bookings", create_engine("postgresql://db/shop"))
model = LogisticRegression()
print(cross_val_score(model, seen[["nights", "month"]], seen["booked"]).mean())
model.fit(seen[["nights", "month"]], seen["booked"])
joblib.dump(model, "models/offers.joblib")
