"""Writes the score of every contract to the table that the warehouse shows."""

import joblib
import pandas as pd
from sqlalchemy import create_engine

from churn.warehouse import ADDRESS


def main():
    engine = create_engine(ADDRESS)
    contracts = pd.read_sql("select contract_id, monthly_fee, mean_invoice from marts.customers", engine)
    model = joblib.load("models/churn.joblib")
    contracts["score"] = model.predict_proba(contracts[["monthly_fee", "mean_invoice"]])[:, 1]
    contracts[["contract_id", "score"]].to_sql("scoring.churn_scores", engine, if_exists="replace")


if __name__ == "__main__":
    main()
