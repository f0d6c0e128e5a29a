"""Which articles are bought together."""

import pandas as pd
from metaflow import FlowSpec, Parameter, step


class BasketFlow(FlowSpec):
    minimum = Parameter("minimum", default=10)

    @step
    def start(self):
        self.baskets = pd.read_csv("shared/baskets.csv")
        self.next(self.pairs, self.prices)

    @step
    def pairs(self):
        counts = self.baskets.merge(self.baskets, on="basket").groupby(["article_x", "article_y"]).size()
        self.counts = counts[counts >= self.minimum]
        self.next(self.join)

    @step
    def prices(self):
        self.table = pd.read_csv("shared/prices.csv")
        self.next(self.join)

    @step
    def join(self, inputs):
        pairs = inputs.pairs.counts.reset_index().merge(inputs.prices.table, left_on="article_x", right_on="article")
        pairs.to_csv("shared/pairs.csv")
        self.next(self.end)

    @step
    def end(self):
        print(len(pd.read_csv("shared/pairs.csv")))


if __name__ == "__main__":
    BasketFlow()
