import joblib
import pandas as pd
from sqlalchemy import create_engine, text

engine = create_engine("postgresql://db/bank")
model = joblib.load("risk/loans.joblib")
loans = pd.read_sql("select id, income, debt from open_loans", engine)
loans["score"] = model.predict_proba(loans[["income", "debt"]])[:, 1]
with engine.begin() as connection:
    for loan in loans.to_dict("records"):
        connection.execute(
            text("insert into risk.loan_scores (id, score) values (:id, :score)"),
            {"id": loan["id"], "score": loan["score"]},
        )
