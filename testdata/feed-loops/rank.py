import sqlite3

import joblib
import pandas as pd
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

clicks = pd.read_sql("select age, hour, item, clicked from clicks", sqlite3.connect("shop.db"))
learnt, held = train_test_split(clicks, random_state=3)
model = GradientBoostingClassifier()
model.fit(learnt[["age", "hour", "item"]], learnt["clicked"])
print(roc_auc_score(held["clicked"], model.predict_proba(held[["age", "hour", "item"]])[:, 1]))
joblib.dump(model, "models/rank.joblib")
