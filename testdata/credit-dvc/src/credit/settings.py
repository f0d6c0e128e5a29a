"""Places and parameters that the stages share."""

from pathlib import Path

import yaml

DATA = Path("data")
MODELS = Path("models")
REPORTS = Path("reports")


def parameters(section):
    with open("params.yaml") as file:
        return yaml.safe_load(file)[section]
