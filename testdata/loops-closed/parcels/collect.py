import pandas as pd

scored = pd.read_csv("parcels/scored.csv")
scored.rename(columns={"is_late": "late"}).to_csv("parcels/history.csv", mode="a", index=False)
