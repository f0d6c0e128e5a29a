from kedro.pipeline import Pipeline, node, pipeline

from .nodes import evaluate, split, train


def create_pipeline(**kwargs) -> Pipeline:
    return pipeline(
        [
            node(
                func=split,
                inputs=["hourly_rides", "params:split"],
                outputs=["train_rides", "test_rides"],
                name="split_rides",
            ),
            node(
                func=train,
                inputs={
                    "rides": "train_rides",
                    "features": "params:features",
                    "forest": "params:forest",
                    "seed": "params:split.seed",
                },
                outputs="demand_model",
                name="train_demand",
            ),
            node(
                func=evaluate,
                inputs=["demand_model", "test_rides", "params:features", "params:evaluation.quantiles"],
                outputs="demand_errors",
                name="evaluate_demand",
            ),
        ]
    )
