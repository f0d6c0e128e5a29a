import joblib
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.model_selection import cross_val_score
from sqlalchemy import create_engine

trips = pd.read_sql("select hour, minutes, boarded from trip_minutes", create_engine("postgresql://db/fleet"))
model = Ridge()
print(cross_val_score(model, trips[["hour", "minutes"]], trips["boarded"]).mean())
model.fit(trips[["hour", "minutes"]], trips["boarded"])
joblib.dump(model, "models/load.joblib")
