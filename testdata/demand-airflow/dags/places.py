"""Where the demand team keeps its data: one volume that all workers mount."""

from airflow.datasets import Dataset

ROOT = "/data/demand"
SALES = f"{ROOT}/sales.parquet"
WEATHER = f"{ROOT}/weather.parquet"
PANEL = f"{ROOT}/panel.parquet"
FORECAST = f"{ROOT}/forecast.parquet"

panel = Dataset(f"file://{PANEL}")
