"""Ranks the items of a shop's search page."""
