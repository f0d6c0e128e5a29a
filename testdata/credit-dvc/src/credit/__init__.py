"""The scorecard for consumer loans."""
