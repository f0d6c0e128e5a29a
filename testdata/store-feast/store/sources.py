"""The files behind the features."""

from feast import FileSource, PushSource

driver_days = FileSource(name="driver_days", path="../data/driver_days.parquet", timestamp_field="day")
live_trips = PushSource(name="live_trips", batch_source=driver_days)
