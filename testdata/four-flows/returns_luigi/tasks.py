"""How many articles come back, and why."""

import luigi
import pandas as pd


class Returns(luigi.ExternalTask):
    def output(self):
        return luigi.LocalTarget("shared/returns.csv")


class Reasons(luigi.Task):
    def requires(self):
        return Returns()

    def output(self):
        return luigi.LocalTarget("shared/reasons.csv")

    def run(self):
        returns = pd.read_csv(self.input().path)
        words = pd.read_csv("shared/reason_words.csv")
        returns.merge(words, on="reason").to_csv(self.output().path)


class ReturnRates(luigi.Task):
    def requires(self):
        return {"reasons": Reasons(), "returns": Returns()}

    def output(self):
        return [luigi.LocalTarget("shared/rates.csv")]

    def run(self):
        returns = pd.read_csv("shared/returns.csv")
        reasons = pd.read_csv(self.input()["reasons"].path)
        returns.merge(reasons, on="article").groupby("size").mean().to_csv("shared/rates.csv")


if __name__ == "__main__":
    luigi.build([ReturnRates()], local_scheduler=True)
