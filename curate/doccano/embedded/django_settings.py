"""Django settings of an embedded Doccano; curate copies this file to its home at every start.

The server's own Python runs it, beside Django and Doccano, where curate cannot be imported. It
takes Doccano's production settings and changes what one machine needs: every file under the
server's home, a secret key of its own, loopback host names only, and SQLite set up so that the
threads of the web server and the worker wait for each other instead of failing.
"""

import os
from pathlib import Path

from config.settings.production import *  # noqa: F403
from config.settings.production import MIDDLEWARE
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
