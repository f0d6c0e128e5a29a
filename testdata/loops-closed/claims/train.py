import joblib
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_score
from sqlalchemy import create_engine

claims = pd.read_sql("select amount, age, fraud from settled_claims", create_engine("postgresql://db/claims"))
model = RandomForestClassifier(random_state=0)
print(cross_val_score(model, claims[["amount", "age"]], claims["fraud"]).mean())
model.fit(claims[["amount", "age"]], claims["fraud"])
joblib.dump(model, "models/claims.joblib")
