import joblib
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import cross_val_score

days = pd.read_csv("data/expected.csv")
left = days["sold"] - days["expected"]
print(cross_val_score(RandomForestRegressor(), days[["price", "holiday"]], left))
model = RandomForestRegressor(n_estimators=50).fit(days[["price", "holiday"]], left)
joblib.dump(model, "models/price.joblib")
