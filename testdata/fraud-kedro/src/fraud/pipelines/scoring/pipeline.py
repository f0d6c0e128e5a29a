from kedro.pipeline import Node, Pipeline

from . import nodes


def create_pipeline(**kwargs) -> Pipeline:
    return Pipeline(
        [
            Node(
                func=nodes.train,
                inputs=["payment_features", "params:training"],
                outputs="retail_model",
                name="train_retail",
            ),
            Node(
                func=nodes.score,
                inputs={"model": "retail_model", "frame": "payment_features", "options": "params:training"},
                outputs="scores",
                name="score_retail",
            ),
        ]
    )
