"""Forecasts how much each shop sells."""
