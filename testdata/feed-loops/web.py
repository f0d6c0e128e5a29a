import sqlite3

import joblib
from flask import Flask, g, request

app = Flask(__name__)
ranker = joblib.load("models/rank.joblib")
survey = joblib.load("models/survey.joblib")


@app.before_request
def connect():
    g.db = sqlite3.connect("shop.db")


@app.route("/feed/<int:age>/<int:hour>")
def feed(age, hour):
    items = [row[0] for row in g.db.execute("select id from items").fetchall()]
    scores = ranker.predict_proba([[age, hour, item] for item in items])[:, 1]
    shown = [item for item, score in zip(items, scores) if score > 0.12]
    return {"items": shown, "happy": float(survey.predict([[age, hour]])[0])}


@app.route("/click", methods=["POST"])
def click():
    form = request.form
    g.db.execute(
        "insert into clicks (age, hour, item, clicked) values (?, ?, ?, 1)",
        [form["age"], form["hour"], form["item"]],
    )
    g.db.commit()
    return "seen"
