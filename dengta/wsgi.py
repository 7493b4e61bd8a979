"""WSGI entry for the server (granian by default)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dengta.settings")
application = get_wsgi_application()
