from dagster import Definitions, load_assets_from_modules

from . import features, model, raw, report

defs = Definitions(assets=load_assets_from_modules([raw, features, model, report]))
