"""Fits the churn model to the customers of the warehouse."""

import joblib
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sqlalchemy import create_engine

from churn.warehouse import ADDRESS

FEATURES = ["monthly_fee", "mean_invoice"]


def main():
    query = f"select {', '.join(FEATURES)}, churned from marts.customers where start_month < '2024-01-01'"
    customers = pd.read_sql(query, create_engine(ADDRESS))
    model = LogisticRegression().fit(customers[FEATURES], customers["churned"])
    joblib.dump(model, "models/churn.joblib")


if __name__ == "__main__":
    main()
