import joblib
from flask import Flask, request

app = Flask(__name__)
price = joblib.load("models/rooms.joblib")


@app.route("/price")
def offered():
    nights, month = float(request.args["nights"]), float(request.args["month"])
    return {"price": float(price.predict([[nights, month]])[0])}
