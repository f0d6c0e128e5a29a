"""What models ask for together."""

from feast import FeatureService
from features import driver_rates, driver_stats

dispatch_v1 = FeatureService(name="dispatch_v1", features=[driver_stats[["mean_rating"]]])
dispatch_v2 = FeatureService(name="dispatch_v2", features=[driver_stats[["mean_rating"]], driver_rates], owner="dispatch")
