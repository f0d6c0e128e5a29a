import joblib
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestRegressor, StackingRegressor
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import cross_val_predict, cross_val_score

hours = pd.read_csv("heat/hours.csv")
rows = hours[["outside", "wind", "guests"]]
stack = StackingRegressor([("line", Ridge()), ("forest", RandomForestRegressor(random_state=0))])
print(cross_val_score(stack, rows, hours["used"]).mean())
joblib.dump(stack.fit(rows, hours["used"]), "models/heat.joblib")

apart = cross_val_predict(Ridge(), rows, hours["used"])
joblib.dump(IsotonicRegression().fit(apart, hours["used"]), "models/heat_scale.joblib")
often = CalibratedClassifierCV(LogisticRegression(), cv=5).fit(rows, hours["frost"])
print(abs(hours["used"] - stack.predict(rows)).mean())
joblib.dump(often, "models/frost.joblib")
