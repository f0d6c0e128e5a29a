"""Trains on the panel at four, by when the panel is there."""

import pendulum
from airflow.models.dag import DAG
from airflow.operators.bash import BashOperator

PROJECT = "/opt/airflow/demand"

dag = DAG(
    "demand_forecast",
    schedule_interval="0 4 * * *",
    start_date=pendulum.datetime(2024, 1, 1, tz="UTC"),
)

train = BashOperator(
    task_id="train",
    bash_command=f"cd {PROJECT} && python scripts/train.py --panel /data/demand/panel.parquet --day {{{{ ds }}}}",
    dag=dag,
)
forecast = BashOperator(
    task_id="forecast",
    bash_command=f"python {PROJECT}/scripts/forecast.py",
    dag=dag,
)
train.set_downstream(forecast)
