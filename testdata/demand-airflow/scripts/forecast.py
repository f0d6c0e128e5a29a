import joblib
import pandas as pd

if __name__ == "__main__":
    model = joblib.load("/data/demand/models/demand.joblib")
    panel = pd.read_parquet("/data/demand/panel.parquet")
    panel["forecast"] = model.predict(panel[["degrees", "holiday"]])
    panel[["shop", "article", "forecast"]].to_parquet("/data/demand/forecast.parquet")
