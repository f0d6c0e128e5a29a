from celery import shared_task

from desk.models import Ticket
from desk.router import Router
from desk.urgency import Urgency


@shared_task
def arrived(pk):
    router = Router()
    router.load()
    ticket = Ticket.objects.get(pk=pk)
    ticket.move_to(router.queue_of(ticket.text))
    urgency = Urgency()
    urgency.load()
    ticket.urgency = urgency.of(ticket.text)
    ticket.save(update_fields=["urgency"])


@shared_task
def retrain():
    router = Router()
    router.train()
    router.save()
    Urgency().train()
