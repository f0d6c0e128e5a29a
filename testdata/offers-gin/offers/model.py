"""The ranking itself."""

import gin
import torch

gin.external_configurable(torch.optim.AdamW)


@gin.configurable
class Ranking:
    def __init__(self, width=32, dropout=0.1, optimizer=torch.optim.AdamW, **more):
        self.net = torch.nn.Sequential(torch.nn.Linear(2, width), torch.nn.Dropout(dropout), torch.nn.Linear(width, 1))
        self.optimizer = optimizer(self.net.parameters(), **more)
