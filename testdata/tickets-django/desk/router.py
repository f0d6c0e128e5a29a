import pickle
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from desk.models import Queue, Ticket

KEPT = Path("var/router.pkl")


class Router:
    def __init__(self):
        self.words = None
        self.queues = None

    def load(self):
        with KEPT.open("rb") as file:
            self.words, self.queues = pickle.load(file)

    def save(self):
        with KEPT.open("wb") as file:
            pickle.dump((self.words, self.queues), file)

    def train(self):
        texts, labels = [], []
        for ticket in Ticket.objects.exclude(queue__automatic=False).order_by("pk"):
            texts.append(ticket.text)
            labels.append(ticket.queue.pk)
        self.words = TfidfVectorizer(min_df=3)
        self.queues = LogisticRegression(C=4.0)
        self.queues.fit(self.words.fit_transform(texts), labels)

    def queue_of(self, text):
        answer = self.queues.predict(self.words.transform([text]))[0]
        return Queue.objects.get(pk=answer)
