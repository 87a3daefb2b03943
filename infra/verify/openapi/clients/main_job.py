"""The main job, done by a client that openapi-python-client makes of the document."""

import os
from datetime import datetime, timedelta, timezone

from generated_client import AuthenticatedClient
from generated_client.api.events import get_event, publish_event
from generated_client.api.jobs import get_job
from generated_client.api.notifications import (
    cancel_notification,
    cancel_notifications,
    create_notification,
    create_notification_batch,
    get_notification,
    list_notifications,
    reschedule_notification,
)
from generated_client.models import (
    BulkCancel,
    BulkCount,
    BulkJob,
    BulkKind,
    ChannelState,
    ErrorCode,
    Event,
    EventStatus,
    NewEvent,
    NewEventPayload,
    NewNotification,
    Notification,
    NotificationBatch,
    NotificationBatchResults,
    NotificationItem,
    NotificationPatch,
    NotificationStatus,
    Problem,
)

client = AuthenticatedClient(
    base_url=os.environ["API_URL"],
    token=os.environ["API_KEY"],
    raise_on_unexpected_status=True,
)


def days_ahead(days: int) -> str:
    return (datetime.now(timezone.utc) + timedelta(days=days)).isoformat()


def publish() -> None:
    payload = NewEventPayload.from_dict({"order_id": 42})
    event = publish_event.sync(
        client=client,
        body=NewEvent(type_="order.paid", payload=payload, source="python"),
    )
    assert isinstance(event, Event), event
    assert event.status is EventStatus.ACCEPTED
    read = get_event.sync(event.id, client=client)
    assert isinstance(read, Event), read
    assert read.payload.to_dict() == {"order_id": 42}
    # Not publish_event_batch: this generator makes no working code for a list beside another form of body.


def schedule() -> str:
    body = NewNotification(
        notification_type="custom",
        entity_id="python",
        send_at=days_ahead(30),
        email="user@example.com",
        subject="Hello",
        body="A generated client sends this.",
    )
    created = create_notification.sync(client=client, body=body, idempotency_key="python-1")
    assert isinstance(created, Notification), created
    again = create_notification.sync(client=client, body=body, idempotency_key="python-1")
    assert isinstance(again, Notification) and again.id == created.id, again

    read = get_notification.sync(created.id, client=client)
    assert isinstance(read, Notification), read
    assert read.channels.email.state is ChannelState.PENDING

    listed = list_notifications.sync(client=client, entity_id="python", limit=10)
    assert isinstance(listed, list), listed
    assert [one.id for one in listed] == [created.id]

    patch = NotificationPatch(send_at=days_ahead(40), subject="Hello again")
    moved = reschedule_notification.sync(created.id, client=client, body=patch)
    assert isinstance(moved, Notification), moved
    assert moved.send_at > created.send_at and moved.subject == "Hello again"

    canceled = cancel_notification.sync(created.id, client=client)
    assert isinstance(canceled, Notification), canceled
    assert canceled.status is NotificationStatus.CANCELED
    return created.id


def many() -> None:
    items = [
        NotificationItem(
            notification_type="user.signup",
            entity_id=f"python-{n}",
            group="python",
            send_at=days_ahead(30),
            email="user@example.com",
            idempotency_key=f"python-many-{n}",
        )
        for n in (1, 2)
    ]
    made = create_notification_batch.sync(client=client, body=NotificationBatch(items=items))
    assert isinstance(made, NotificationBatchResults), made
    assert [one.status for one in made.results] == [201, 201], made

    count = cancel_notifications.sync(client=client, body=BulkCancel(group="python", dry_run=True))
    assert isinstance(count, BulkCount) and count.matched == 2, count
    ordered = cancel_notifications.sync(client=client, body=BulkCancel(group="python"))
    assert isinstance(ordered, BulkJob), ordered
    job = get_job.sync(ordered.job_id, client=client)
    assert isinstance(job, BulkJob), job
    assert job.kind is BulkKind.CANCEL and job.changed == 2


publish()
many()
notification_id = schedule()
problem = reschedule_notification.sync(notification_id, client=client, body=NotificationPatch(send_at=days_ahead(50)))
assert isinstance(problem, Problem), problem
assert problem.code is ErrorCode.ALREADY_ENDED
