import joblib
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.model_selection import cross_val_score
from sqlalchemy import create_engine

trips = pd.read_sql("select hour, length, driven from logged", create_engine("postgresql://db/fleet"))
model = Ridge()
print(cross_val_score(model, trips[["hour", "length"]], trips["driven"]).mean())
model.fit(trips[["hour", "length"]], trips["driven"])
joblib.dump(model, "models/minutes.joblib")
