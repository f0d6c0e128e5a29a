import joblib
import pandas as pd
from sqlalchemy import create_engine

engine = create_engine("postgresql://db/fleet")
trips = pd.read_sql("select trip, hour, length from planned", engine)
trips["minutes"] = joblib.load("models/minutes.joblib").predict(trips[["hour", "length"]])
trips.to_sql("trip_minutes", engine, if_exists="append")
