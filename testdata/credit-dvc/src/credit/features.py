"""What the scorecard looks at."""

FEATURES = ["income", "debt", "utilisation", "unemployment"]
TARGET = "defaulted"


def add_features(frame):
    frame = frame.copy()
    frame["utilisation"] = frame["balance"] / frame["limit"].clip(lower=1)
    # Nobody selects this one any more; `tenure_months` is only a step on the way to it.
    frame["tenure_months"] = (frame["as_of"] - frame["opened"]).dt.days // 30
    frame["is_new"] = frame["tenure_months"] < 12
    return frame
