import pandas as pd
from sqlalchemy import create_engine

scores = pd.read_sql("select score from risk.loan_scores", create_engine("postgresql://db/bank"))
print(scores["score"].describe())
