from kedro.pipeline import Pipeline

from rides.pipelines import cleaning, demand


def register_pipelines() -> dict[str, Pipeline]:
    clean = cleaning.create_pipeline()
    model = demand.create_pipeline()
    return {"__default__": clean + model, "cleaning": clean, "demand": model}
