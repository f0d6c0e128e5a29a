"""Where the scores lie."""

import os

TABLE = os.getenv("SCORE_TABLE", "scores")
FOLDER = os.environ.get("SCORE_FOLDER", "/var/scores")
