"""What the service is told by its environment."""

from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class ModelSettings(BaseModel):
    path: Path = Path("models/price.joblib")
    columns: list[str] = ["volume", "distance", "floors"]


class ServiceSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="QUOTES_", env_nested_delimiter="__", env_file=".env")

    model: ModelSettings = ModelSettings()
    currency: str = "EUR"
    least_price: float = 120.0
    greatest_price: float = 9000.0
    retry_limit: int = 3
    log_level: str = Field(default="info", validation_alias="LOG_LEVEL")

    @field_validator("currency")
    @classmethod
    def upper(cls, value: str) -> str:
        return value.upper()

    @property
    def bounds(self) -> tuple[float, float]:
        return self.least_price, self.greatest_price


class TraceSettings(BaseSettings):
    """Handed to the tracer as it is."""

    endpoint: str = "http://localhost:4318"
    sample_rate: float = 0.1
    service_name: str = "quotes"


@lru_cache
def settings() -> ServiceSettings:
    return ServiceSettings()
