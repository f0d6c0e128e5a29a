"""What the service is told."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SCORE_")

    batch_size: int = 64
    limit_per_day: int = 100
    answer_timeout: float = 2.0


SETTINGS = ServiceSettings()
