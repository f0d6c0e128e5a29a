from django.db import models


class Queue(models.Model):
    name = models.CharField(max_length=40)
    automatic = models.BooleanField(default=True)


class Ticket(models.Model):
    text = models.TextField()
    queue = models.ForeignKey(Queue, null=True, on_delete=models.SET_NULL)
    urgency = models.IntegerField(null=True)
    confirmed_urgency = models.IntegerField(null=True)
    created = models.DateTimeField(auto_now_add=True)

    def move_to(self, queue):
        self.queue = queue
        self.save(update_fields=["queue"])
