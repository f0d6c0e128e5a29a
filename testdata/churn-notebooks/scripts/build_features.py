"""One row a customer: what the model looks at."""

import pandas as pd


def activity(customers, tickets):
    per_customer = tickets.groupby("customer_id").agg(tickets=("ticket_id", "count"), last=("created", "max"))
    frame = customers.join(per_customer, on="customer_id")
    frame["tickets"] = frame["tickets"].fillna(0)
    return frame


def main():
    customers = pd.read_csv("data/customers.csv")
    tickets = pd.read_parquet("data/tickets.parquet")
    activity(customers, tickets).to_parquet("data/features.parquet")


if __name__ == "__main__":
    main()
