from kedro.pipeline import Pipeline, node, pipeline

from .nodes import by_hour, drop_odd_rides, within_city


def create_pipeline(**kwargs) -> Pipeline:
    return pipeline(
        [
            node(
                drop_odd_rides,
                inputs=["rides", "params:cleaning.shortest_minutes", "params:cleaning.longest_minutes"],
                outputs="plausible_rides",
                name="drop_odd_rides",
            ),
            node(
                within_city,
                inputs=["plausible_rides", "params:cleaning.city"],
                outputs="city_rides",
                name="within_city",
            ),
            node(by_hour, inputs=["city_rides", "weather"], outputs="hourly_rides", name="by_hour"),
        ]
    )
