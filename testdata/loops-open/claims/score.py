import joblib
import pandas as pd
from sqlalchemy import create_engine, text

engine = create_engine("postgresql://db/claims")
model = joblib.load("models/claims.joblib")
claims = pd.read_sql("select id, amount, age from open_claims", engine)
claims["fraud"] = model.predict(claims[["amount", "age"]])
with engine.begin() as connection:
    for claim in claims.to_dict("records"):
        connection.execute(text("update claims set fraud = :fraud where id = :id"), {"fraud": claim["fraud"], "id": claim["id"]})
