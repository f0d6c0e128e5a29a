import joblib
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.model_selection import cross_val_score
from sqlalchemy import create_engine

paid = pd.read_sql("select nights, month, paid from desk.stays", create_engine("postgresql://db/shop"))
model = Ridge()
print(cross_val_score(model, paid[["nights", "month"]], paid["paid"]).mean())
model.fit(paid[["nights", "month"]], paid["paid"])
joblib.dump(model, "models/rooms.joblib")
