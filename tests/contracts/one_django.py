"""Django is one to a process: its settings are made once, whichever test comes first."""

from __future__ import annotations

import django
import django.conf


def ready() -> None:
    """Configure it, unless that was done."""
    if django.conf.settings.configured:
        return
    django.conf.settings.configure(
        ROOT_URLCONF=(),
        ALLOWED_HOSTS=["*"],
        SECRET_KEY="of every test",
        DATA_UPLOAD_MAX_MEMORY_SIZE=1_000,
        MIDDLEWARE=[
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    )
    django.setup()
