"""Which size fits whom; sizes that come back often count less."""

from zenml import pipeline

from size_zenml.steps.data import RATES, load, split
from size_zenml.steps.model import evaluate, fit


@pipeline(name="size")
def size_pipeline():
    frame = load(path=RATES)
    train, _ = split(frame)
    model = fit(train)
    evaluate(model, after="split")


if __name__ == "__main__":
    size_pipeline()
