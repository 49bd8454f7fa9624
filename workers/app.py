"""The Celery app: queues, routes, schedule. A message is a hint; what must not be lost is in the documents."""

from collections.abc import Callable
from typing import Any

from celery import Celery
from kombu.entity import Queue

from backend.queues import QUEUES
from backend.settings import Settings


def _configuration(settings: Settings) -> dict[str, Any]:
    return {
        "broker_url": settings.redis_url,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_transport_options": {
            "visibility_timeout": 900,  # longer than the longest task; a lost message is found by the sweep long before
            "unacked_restore_interval": 2,
            "unacked_restore_throttle": 1,
            "queue_order_strategy": "priority",  # as the worker lists its queues: what is nearest to the phone first
            "socket_connect_timeout": 2,
            "socket_keepalive": True,
        },
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        "task_ignore_result": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_default_queue": "quality",
        "task_create_missing_queues": False,
        "task_queues": [Queue(name, routing_key=name) for name in QUEUES],
        "task_routes": {f"{name}.*": {"queue": name, "routing_key": name} for name in QUEUES},
        "task_publish_retry_policy": {"max_retries": 2, "interval_start": 0.05, "interval_step": 0.2},
        "worker_enable_remote_control": False,
        "worker_hijack_root_logger": False,
        "timezone": "UTC",
        "beat_schedule": {
            "exports": {"task": "exports.find", "schedule": 1.0, "options": {"expires": 1.0}},
            "late readings": {"task": "references.reread_late", "schedule": 5.0, "options": {"expires": 5.0}},
            "erasures": {"task": "erasures.settle", "schedule": 15.0, "options": {"expires": 15.0}},
            "retention": {"task": "erasures.erase_quiet", "schedule": 600.0, "options": {"expires": 600.0}},
            "affinity": {"task": "marts.refresh_affinity", "schedule": 600.0},
            "unmet demand": {"task": "marts.refresh_unmet_demand", "schedule": 3600.0},
            "reconciliation": {"task": "quality.reconcile_documents", "schedule": 60.0, "options": {"expires": 60.0}},
            "spikes": {"task": "marts.refresh_spikes", "schedule": 60.0, "options": {"expires": 60.0}},
            "customer value": {"task": "marts.refresh_customer_value", "schedule": 900.0},
            "recommender": {"task": "marts.refit_recommender", "schedule": 60.0, "options": {"expires": 60.0}},
            "checks": {"task": "quality.check_tables", "schedule": 300.0, "options": {"expires": 300.0}},
            "profile": {"task": "quality.profile_columns", "schedule": 3600.0, "options": {"expires": 3600.0}},
            "monitors": {"task": "quality.watch", "schedule": 60.0, "options": {"expires": 60.0}},
            "pages": {"task": "quality.deliver_pages", "schedule": 15.0, "options": {"expires": 15.0}},
            "first value": {"task": "marts.tell_first_value", "schedule": 60.0, "options": {"expires": 60.0}},
            "approach": {"task": "marts.approach", "schedule": 300.0, "options": {"expires": 300.0}},
            "invariants": {"task": "quality.check_invariants", "schedule": 300.0},
            "due notes": {"task": "marts.suggest_for_recent_notes", "schedule": 3600.0},
        },
    }


def make_app(read_settings: Callable[[], Settings]) -> Celery:
    """Make the app; the settings are read when it is first used, not when it is made."""
    made = Celery("floorbook", include=[f"workers.tasks.{name}" for name in QUEUES])
    made.add_defaults(lambda: _configuration(read_settings()))
    return made


def app_of(settings: Settings) -> Celery:
    """Answer an app for an instance that is not this process's own."""
    return make_app(lambda: settings)


app = make_app(Settings.from_environment)
