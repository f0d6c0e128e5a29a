import pandas as pd
from dagster import AssetExecutionContext, MaterializeResult, asset

CONTRACTS = "data/contracts.csv"


@asset(group_name="raw", compute_kind="pandas")
def customers() -> pd.DataFrame:
    """The customers as the CRM exports them."""
    return pd.read_csv("/mnt/crm/customers.csv")


@asset(group_name="raw")
def contracts(context: AssetExecutionContext) -> MaterializeResult:
    """The contracts, brought to a file of our own."""
    contracts = pd.read_excel("/mnt/crm/contracts.xlsx")
    contracts.to_csv(CONTRACTS)
    context.log.info("%d contracts", len(contracts))
    return MaterializeResult(metadata={"rows": len(contracts)})


@asset(group_name="raw")
def calls() -> None:
    """The calls of the last weeks."""
    pd.read_csv("/mnt/telephony/calls.csv").to_csv("data/calls.csv")
