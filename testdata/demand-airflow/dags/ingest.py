"""Brings yesterday's sales and weather to the volume."""

from datetime import datetime

import pandas as pd
from airflow import DAG
from airflow.operators.python import PythonOperator
from sqlalchemy import create_engine

from places import PANEL, SALES, WEATHER, panel


def fetch_sales(target: str) -> None:
    engine = create_engine("postgresql://warehouse/erp")
    sales = pd.read_sql("select shop, article, day, amount from erp.sales", engine)
    sales.to_parquet(target)


def fetch_weather(target):
    weather = pd.read_sql("select shop, day, degrees from erp.weather", create_engine("postgresql://warehouse/erp"))
    weather.to_parquet(target)


def join_panel():
    sales = pd.read_parquet(SALES)
    weather = pd.read_parquet(WEATHER)
    sales.merge(weather, on=["shop", "day"]).to_parquet(PANEL)


with DAG(dag_id="demand_ingest", schedule="0 2 * * *", start_date=datetime(2024, 1, 1), catchup=False) as dag:
    sales = PythonOperator(task_id="fetch_sales", python_callable=fetch_sales, op_kwargs={"target": SALES})
    weather = PythonOperator(
        task_id="fetch_weather",
        python_callable=fetch_weather,
        op_kwargs=dict(target=WEATHER),
    )
    joined = PythonOperator(task_id="join_panel", python_callable=join_panel, outlets=[panel])
    [sales, weather] >> joined
