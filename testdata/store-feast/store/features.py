"""What is known of a driver."""

from datetime import timedelta

from feast import Entity, FeatureView, Field, on_demand_feature_view
from feast.types import Float32, Int64
from sources import driver_days, live_trips

driver = Entity(name="driver", join_keys=["driver_id"])

driver_stats = FeatureView(
    name="driver_stats",
    entities=[driver],
    ttl=timedelta(days=2),
    schema=[
        Field(name="accepted", dtype=Int64),
        Field(name="offered", dtype=Int64),
        Field(name="mean_rating", dtype=Float32),
        Field(name="mean_wait", dtype=Float32),
    ],
    source=driver_days,
)

driver_live = FeatureView(
    name="driver_live",
    entities=[driver],
    schema=[Field(name="trips_now", dtype=Int64)],
    source=live_trips,
)

driver_weather = FeatureView(
    name="driver_weather",
    entities=[driver],
    schema=[Field(name="rain", dtype=Float32), Field(name="wind", dtype=Float32)],
    source=driver_days,
)


@on_demand_feature_view(
    sources=[driver_stats[["accepted", "offered"]]], schema=[Field(name="accept_rate", dtype=Float32)]
)
def driver_rates(inputs):
    return (inputs["accepted"] / inputs["offered"]).to_frame("accept_rate")
