from kedro.pipeline import Pipeline, node, pipeline

from .nodes import add_hours, add_merchants


def create_pipeline(**kwargs) -> Pipeline:
    return pipeline(
        [
            node(add_hours, inputs="payments", outputs="timed_payments", name="add_hours"),
            node(
                func=add_merchants,
                inputs=["timed_payments", "merchants"],
                outputs="payment_features",
                name="add_merchants",
            ),
        ]
    )
