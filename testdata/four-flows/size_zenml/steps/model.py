import joblib
import pandas as pd
from sklearn.tree import DecisionTreeRegressor
from zenml import step


@step
def fit(train: pd.DataFrame) -> DecisionTreeRegressor:
    model = DecisionTreeRegressor(random_state=3).fit(train[["height", "weight"]], train["size"])
    joblib.dump(model, "shared/size.joblib")
    return model


@step
def evaluate(model: DecisionTreeRegressor) -> float:
    test = pd.read_csv("shared/size_test.csv")
    return model.score(test[["height", "weight"]], test["size"])
