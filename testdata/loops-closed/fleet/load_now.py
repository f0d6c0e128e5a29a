import joblib
import pandas as pd
from sqlalchemy import create_engine

engine = create_engine("postgresql://db/fleet")
trips = pd.read_sql("select trip, hour, minutes from trip_minutes", engine)
trips["load"] = joblib.load("models/load.joblib").predict(trips[["hour", "minutes"]])
trips.to_sql("trip_loads", engine, if_exists="append")
