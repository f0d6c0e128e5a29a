"""What the ranker knows of an item."""

import pandas as pd
from sentence_transformers import SentenceTransformer

# The ranker before 2.0 looked at titles; nobody has turned it on since.
USE_TITLE_EMBEDDINGS = False


def item_features(items):
    frame = items.copy()
    frame["age_days"] = (pd.Timestamp.now() - frame["created"]).dt.days
    frame["title_length"] = frame["title"].str.len()
    if USE_TITLE_EMBEDDINGS:
        encoder = SentenceTransformer("shop/title-encoder")
        vectors = encoder.encode(frame["title"].tolist())
        frame = frame.join(pd.DataFrame(vectors).add_prefix("title_"))
    return frame
