"""The shared settings file, and what the environment may change."""

import tomllib

import yaml
from pydantic_settings import BaseSettings


class ServiceSettings(BaseSettings):
    host: str = "0.0.0.0"
    port: int = 8080
    warm_up: bool = True


def load():
    with open("settings/service.yaml") as file:
        return yaml.safe_load(file)


def limits():
    with open("settings/limits.toml", "rb") as file:
        return tomllib.load(file)
