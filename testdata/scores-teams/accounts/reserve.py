import pandas as pd
from sqlalchemy import create_engine

scores = pd.read_sql("select id, score from risk.loan_scores", create_engine("postgresql://db/bank"))
print(scores["score"].sum())
