"""A Django project of one file, with django-oauth-toolkit as its tutorial sets it up.

Arguments: the port, the folder of its database, the client id, the user name, the password, and "rotate" or "keep" for
refresh tokens.
"""

import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.conf import settings
from django.core.management import call_command
from jwcrypto import jwk

port, folder, client_id, username, password, refresh_tokens = sys.argv[1:]

LOGIN_PAGE = """<!doctype html><title>Sign in</title>
<form method="post">{% csrf_token %}{{ form.as_p }}<button type="submit">Sign in</button></form>"""

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    SECRET_KEY="for a database that lives as long as one test",
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder + "/db.sqlite3"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    USE_TZ=True,
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "oauth2_provider",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [
                    ("django.template.loaders.locmem.Loader", {"registration/login.html": LOGIN_PAGE}),
                    "django.template.loaders.app_directories.Loader",
                ]
            },
        }
    ],
    OAUTH2_PROVIDER={
        "OIDC_ENABLED": True,
        "OIDC_RSA_PRIVATE_KEY": jwk.JWK.generate(kty="RSA", size=2048)
        .export_to_pem(private_key=True, password=None)
        .decode(),
        "SCOPES": {"openid": "Know who you are", "notes": "Read your notes"},
        "PKCE_REQUIRED": True,
        "ROTATE_REFRESH_TOKEN": refresh_tokens == "rotate",
    },
)
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.contrib.auth.views import LoginView  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import include, path  # noqa: E402
from oauth2_provider.models import Application  # noqa: E402
from oauth2_provider.views import ConnectDiscoveryInfoView  # noqa: E402

urlpatterns = [
    path("accounts/login/", LoginView.as_view()),
    # What 1.7 leaves to the project: its own path ends with a slash, and the specification's does not.
    path("o/.well-known/openid-configuration", ConnectDiscoveryInfoView.as_view()),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
]


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *args):
        pass


call_command("migrate", verbosity=0)
Application.objects.create(
    name="Loopkey",
    client_id=client_id,
    client_secret="",
    client_type=Application.CLIENT_PUBLIC,
    authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
    algorithm=Application.RS256_ALGORITHM,
    redirect_uris="http://127.0.0.1/callback",
    user=User.objects.create_user(username, password=password),
)
make_server("127.0.0.1", int(port), get_wsgi_application(), Server, QuietHandler).serve_forever()
