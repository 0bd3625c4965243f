"""Django settings of an embedded Doccano; curate copies this file to its home at every start.

The server's own Python runs it, beside Django and Doccano, where curate cannot be imported. It
takes Doccano's production settings and changes what one machine needs: every file under the
server's home, a secret key of its own, loopback host names only, SQLite set up so that the threads
of the web server and the worker wait for each other instead of failing, and exports that read each
article once.
"""

import os
from collections import defaultdict
from pathlib import Path

from config.settings.production import *  # noqa: F403
from config.settings.production import INSTALLED_APPS, MIDDLEWARE
from django.apps import AppConfig
from kombu.transport import sqlalchemy as _queue

_HOME = Path(os.environ["CURATE_SERVER_HOME"])
SECRET_KEY = (_HOME / "secret-key").read_text()
# Doccano allows every host name, which lets a web page reach a loopback server by DNS rebinding.
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
# Cookies do not tell ports apart: with one name, two servers would sign each other's users out.
SESSION_COOKIE_NAME = "sessionid_" + os.environ["CURATE_SERVER_COOKIE"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(_HOME / "db.sqlite3"),
        "CONN_MAX_AGE": 500,
        # SQLite fails a transaction at once, whatever the timeout, that has read and then wants to
        # write if somebody wrote in between, and Doccano answers 500 (cloning a project does). One
        # that takes the write lock at its beginning waits.
        "OPTIONS": {"timeout": 60, "transaction_mode": "IMMEDIATE"},
    }
}
# django-allauth asks for it from 0.56 on, and Doccano was made for an older one.
MIDDLEWARE = [*MIDDLEWARE, "allauth.account.middleware.AccountMiddleware"]
MEDIA_ROOT = DJANGO_DRF_FILEPOND_FILE_STORE_PATH = str(_HOME / "media")
# The default lies inside the installed package, which all workspaces of a user share.
DJANGO_DRF_FILEPOND_UPLOAD_TMP = str(_HOME / "uploads")
DJANGO_DRF_FILEPOND_ALLOW_EXTERNAL_UPLOAD_DIR = True
FILE_UPLOAD_PERMISSIONS = 0o600  # Django gives uploads 0644 whatever the umask
# A file of its own, named relative to the working folder: a URL would need quoting that kombu
# does not undo, and a queue inside db.sqlite3 would wait for every import.
CELERY_BROKER_URL = "sqla+sqlite:///broker.sqlite3"
CELERY_BROKER_TRANSPORT_OPTIONS = {"connect_args": {"timeout": 60}}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# The worker looks into the queue once a second, which would delay every upload.
_queue.Transport.polling_interval = 0.2


class _ExportedSpan:
    """What an export writes of a span."""

    __slots__ = ("id", "label", "start", "end")

    def __init__(self, id, label, start, end):
        self.id, self.label, self.start, self.end = id, label, start, end

    def to_dict(self):
        return {
            "id": self.id,
            "label": self.label,
            "start_offset": self.start,
            "end_offset": self.end,
        }

    def to_tuple(self):
        return self.start, self.end, self.label


class _ExportedRelation:
    """What an export writes of a relation."""

    __slots__ = ("id", "head", "tail", "type")

    def __init__(self, id, head, tail, type):
        self.id, self.head, self.tail, self.type = id, head, tail, type

    def to_dict(self):
        return {"id": self.id, "from_id": self.head, "to_id": self.tail, "type": self.type}


class _Category:
    """What an export writes of a category."""

    __slots__ = ("label",)

    def __init__(self, label):
        self.label = label

    def to_string(self):
        return self.label


class Exports(AppConfig):
    """Exports that read each article once.

    Doccano's own query joins the whole article to every span, and asks for the ends of relations
    one by one. These select ids, label texts and offsets alone, in the same order; what is written
    is the same to the byte.
    """

    name = __name__
    label = "curate_exports"

    def ready(self):
        from data_export.pipeline import labels

        _select(labels.Spans, _ExportedSpan, "id", "label__text", "start_offset", "end_offset")
        _select(labels.Relations, _ExportedRelation, "id", "from_id_id", "to_id_id", "type__text")
        _select(labels.Categories, _Category, "label__text")


def _select(collection, make, *columns):
    """Make a collection of labels read these columns alone."""

    def __init__(self, examples, user=None):
        self.label_groups = defaultdict(list)
        labels = self.label_class.objects.filter(example__in=examples)
        if user:
            labels = labels.filter(user=user)
        for example, *values in labels.values_list("example_id", *columns).iterator(10_000):
            self.label_groups[example].append(make(*values))

    collection.__init__ = __init__


INSTALLED_APPS = [*INSTALLED_APPS, f"{__name__}.Exports"]
