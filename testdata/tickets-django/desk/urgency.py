import pickle

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import train_test_split

from desk.models import Ticket


class Urgency:
    def load(self):
        with open("var/urgency.pkl", "rb") as file:
            self.words, self.model = pickle.load(file)

    def train(self):
        tickets = list(Ticket.objects.filter(confirmed_urgency__isnull=False))
        learnt, held = train_test_split(tickets, random_state=7)
        self.words = TfidfVectorizer(min_df=3)
        self.model = Ridge()
        rows = self.words.fit_transform([ticket.text for ticket in learnt])
        self.model.fit(rows, [ticket.confirmed_urgency for ticket in learnt])
        error = mean_absolute_error([ticket.confirmed_urgency for ticket in held], [self.of(t.text) for t in held])
        if error > 1.5:
            raise ValueError(f"the new model is off by {error}")
        with open("var/urgency.pkl", "wb") as file:
            pickle.dump((self.words, self.model), file)

    def of(self, text):
        return self.model.predict(self.words.transform([text]))[0]
