"""The only settings file: reads the environment (see .env.example) and stops at start when a value is wrong."""

import contextlib
import logging
import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from environs import Env, ValidationError, validate

from organisation.permissions import ROLES

BASE_DIR = Path(__file__).resolve().parent.parent
LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"]

env = Env()
env.read_env(BASE_DIR / ".env", recurse=False)
# A line left empty, as in .env.example, is a line left out.
for name in (
    "DATABASE_URL",
    "CFM_DATA_DIR",
    "DJANGO_DEBUG",
    "CFM_DEMO",
    "PUBLIC_URL",
    "TIME_ZONE",
    "TRUSTED_PROXIES",
    "TWO_PERSON_RULE",
    "OIDC_EMAILS_VERIFIED",
    "LOG_LEVEL",
    "LOG_FORMAT",
    "CFM_STATIC_DIR",
    "RETAIN_LEAVERS_DAYS",
    "RETAIN_RATINGS_DAYS",
    "RETAIN_APPROVALS_DAYS",
    "RETAIN_LINKS_DAYS",
    "RETAIN_JOBS_DAYS",
    "RETAIN_MAILS_DAYS",
):
    if os.environ.get(name) == "":
        del os.environ[name]

DATA_DIR = (BASE_DIR / env.path("CFM_DATA_DIR", Path("var"))).resolve()
KEY_DIR = DATA_DIR / "keys"
STATIC_ROOT = DATA_DIR / "static"
try:
    for folder in (DATA_DIR, KEY_DIR, STATIC_ROOT):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
except OSError as error:
    raise ImproperlyConfigured(
        f"CFM_DATA_DIR must be a folder that can be written, not {DATA_DIR} ({error.strerror})."
    ) from error


def _kept_secret(path: Path) -> str:
    """Return the secret in the file; the first start writes one that only this user can read."""
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
        # A link appears whole or not at all, so two first starts agree on one secret.
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text().strip()


def _known_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValidationError(f"{name!r} is not a time zone such as Europe/London.") from error


SECRET_KEY = env.str("DJANGO_SECRET_KEY", "") or _kept_secret(KEY_DIR / "django-secret")
DEBUG = env.bool("DJANGO_DEBUG", False)
CFM_DEMO = env.bool("CFM_DEMO", False)
if CFM_DEMO and DEBUG:
    raise ImproperlyConfigured("CFM_DEMO runs with DJANGO_DEBUG=false only.")
PUBLIC_URL = env.str("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env.list("DJANGO_ALLOWED_HOSTS", LOCAL_HOSTS)
if CFM_DEMO and not set(ALLOWED_HOSTS) <= set(LOCAL_HOSTS):
    raise ImproperlyConfigured(
        "CFM_DEMO shows passwords, so it is refused unless DJANGO_ALLOWED_HOSTS names only this machine "
        f"({', '.join(LOCAL_HOSTS)}); it is {', '.join(ALLOWED_HOSTS)}."
    )
if not urlsplit(PUBLIC_URL).hostname:
    raise ImproperlyConfigured(
        f"PUBLIC_URL must be an address such as https://cfm.example, not {PUBLIC_URL!r}."
    )
HTTPS = urlsplit(PUBLIC_URL).scheme == "https"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.admin",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "tree_queries",
    "cfm",
    "cfm.lib",
    "organisation",
    "assessments",
    "competencies",
    "improvement",
    "reports",
]
MIDDLEWARE = [
    "cfm.operation.metrics.Measured",
    "cfm.lib.headers.hardened",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "cfm.lib.languages.speak",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "cfm.lib.unwanted.refuse_nul",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "organisation.sign_in.Guard",
]
ROOT_URLCONF = "cfm.urls"
WSGI_APPLICATION = "cfm.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cfm.navigation.navigation",
                "cfm.navigation.planning",
                "cfm.navigation.demo",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

DATABASES = {"default": env.dj_db_url("DATABASE_URL", f"sqlite:///{DATA_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE takes the write lock at BEGIN, so two writers wait for each other and none fails half-way.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
    }
else:
    DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    # A server that does not answer costs a request five seconds, not the minute after which its process is killed.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", "")
if REDIS_URL and urlsplit(REDIS_URL).scheme not in {"redis", "rediss"}:
    raise ImproperlyConfigured(
        f"REDIS_URL must be an address such as redis://host:6379/0, not {REDIS_URL!r}."
    )
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# The Job table is the truth and the broker a doorbell (docs/adr/0003-jobs.md): nothing may wait long on it.
CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    # Without max_retries a broker that is down holds every request that rings for six seconds.
    {"visibility_timeout": 7200, "socket_timeout": 5, "socket_connect_timeout": 2, "max_retries": 0}
    if REDIS_URL
    else {"polling_interval": 0.05}
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SOFT_TIME_LIMIT = 3000
CELERY_TASK_TIME_LIMIT = 3300
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# A sweep that waited for longer than the next one is not worth doing. A killed worker's job is done again within half a
# minute: 20 seconds of lease (long enough for a database that hangs for a moment) and 5 until it is looked for.
CELERY_BEAT_SCHEDULE = {
    "sweep-jobs": {"task": "cfm.lib.tasks.sweep", "schedule": 30.0, "options": {"expires": 30}},
    "rescue-jobs": {"task": "cfm.lib.tasks.rescue", "schedule": 5.0, "options": {"expires": 5}},
}
JOB_LEASE_SECONDS = 20

AUTH_USER_MODEL = "organisation.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "organisation.passwords.GuessablePasswordValidator"},
    {"NAME": "organisation.passwords.BreachedPasswordValidator"},
]
SECOND_FACTOR_ROLES: list[str] = env.list("SECOND_FACTOR_ROLES", [])
if unknown := sorted(set(SECOND_FACTOR_ROLES) - set(ROLES)):
    raise ImproperlyConfigured(
        f"SECOND_FACTOR_ROLES must be any of {', '.join(ROLES)}, separated by commas, not {', '.join(unknown)}."
    )
TWO_PERSON_RULE = env.bool("TWO_PERSON_RULE", False)
BREACHED_PASSWORDS = env.str("BREACHED_PASSWORDS", "")
if BREACHED_PASSWORDS and not Path(BREACHED_PASSWORDS).is_file():
    raise ImproperlyConfigured(
        f"BREACHED_PASSWORDS must be a file of sorted SHA-1 hashes, not {BREACHED_PASSWORDS!r}."
    )
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "organisation.adapter.ClosedSignupAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_DISPLAY = "organisation.adapter.display_name"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to an address that somebody else typed
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_FORMS = {"reset_password": "organisation.sign_in.QuietResetForm"}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", 0)
MFA_ADAPTER = "organisation.adapter.SecretMFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses come from the organisation
MFA_TOTP_ISSUER = "CFM"
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
SOCIALACCOUNT_ADAPTER = "organisation.adapter.StaffSocialAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
OIDC_ISSUER = env.str("OIDC_ISSUER", "").rstrip("/")
if OIDC_ISSUER and urlsplit(OIDC_ISSUER).scheme not in {"https", "http"}:
    raise ImproperlyConfigured(
        f"OIDC_ISSUER must be an address such as https://login.example/realms/staff, not {OIDC_ISSUER!r}."
    )
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        # Some providers say nothing of it, though all their addresses are those of the staff.
        "VERIFIED_EMAIL": env.bool("OIDC_EMAILS_VERIFIED", False),
        "APPS": [
            {
                "provider_id": "sso",
                "name": env.str("OIDC_NAME", "") or "single sign-on",
                "client_id": env.str("OIDC_CLIENT_ID", ""),
                "secret": env.str("OIDC_CLIENT_SECRET", ""),
                "settings": {"server_url": OIDC_ISSUER},
            }
        ]
        if OIDC_ISSUER
        else [],
    }
}

LANGUAGE_CODE = "en-gb"
# Languages of the pages that everybody answers on (cfm/lib/languages.py); the rest of the product is in the first.
LANGUAGES = [("en-gb", _("English")), ("fr", _("French"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.str("TIME_ZONE", "UTC", validate=_known_zone)
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT.mkdir(exist_ok=True)  # whitenoise warns when it is missing
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "cfm.lib.finders.WheelFinder",
]
# Set where `collectstatic` has been run, as in an image: files with hashed names, compressed, cached for a year.
if static_dir := env.str("CFM_STATIC_DIR", ""):
    STATIC_ROOT = Path(static_dir)
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
WHITENOISE_USE_FINDERS = not static_dir
WHITENOISE_AUTOREFRESH = False
WHITENOISE_ALLOW_ALL_ORIGINS = False

if email_url := env.str("EMAIL_URL", ""):
    _mail = env.dj_email_url("EMAIL_URL")
    if "EMAIL_BACKEND" not in _mail:
        raise ImproperlyConfigured(
            f"EMAIL_URL must be an address such as smtp+tls://user:password@host:587, not {email_url!r}."
        )
    EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT = _mail["EMAIL_BACKEND"], _mail["EMAIL_HOST"], _mail["EMAIL_PORT"]
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_USER"], _mail["EMAIL_HOST_PASSWORD"]
    EMAIL_USE_TLS, EMAIL_USE_SSL = _mail["EMAIL_USE_TLS"], _mail["EMAIL_USE_SSL"]
    EMAIL_TIMEOUT = 10
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = DATA_DIR / "mail"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "cfm@localhost")

# Under https the browser itself sees to it that no other host and no plain page sets these cookies.
HOST_COOKIE, PATH_COOKIE = ("__Host-", "__Secure-") if HTTPS else ("", "")
SESSION_COOKIE_NAME = f"{HOST_COOKIE}sessionid"
CSRF_COOKIE_NAME = f"{HOST_COOKIE}csrftoken"
LANGUAGE_COOKIE_NAME = f"{HOST_COOKIE}django_language"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        # A form that leads on to the provider of single sign-on is one that leads there.
        "form-action": [
            SELF,
            *({"{0.scheme}://{0.netloc}".format(urlsplit(OIDC_ISSUER))} if OIDC_ISSUER else ()),
        ],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "cfm.lib.uploads.CappedUploadHandler",  # before those that keep what it lets through
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# Above so many responses, PostgreSQL's cycles are counted in shares of about so many, each a job.
SCORE_SHARE = env.int("SCORE_SHARE", 100_000, validate=validate.Range(min=1))

# What a nightly job deletes after how many days (docs/data-protection.md).
RETAIN_LEAVERS_DAYS = env.int("RETAIN_LEAVERS_DAYS", 180, validate=validate.Range(min=1))
RETAIN_RATINGS_DAYS = env.int("RETAIN_RATINGS_DAYS", 365, validate=validate.Range(min=1))
RETAIN_APPROVALS_DAYS = env.int("RETAIN_APPROVALS_DAYS", 365, validate=validate.Range(min=1))
RETAIN_LINKS_DAYS = env.int("RETAIN_LINKS_DAYS", 90, validate=validate.Range(min=1))
RETAIN_JOBS_DAYS = env.int("RETAIN_JOBS_DAYS", 30, validate=validate.Range(min=3))
RETAIN_MAILS_DAYS = env.int("RETAIN_MAILS_DAYS", 30, validate=validate.Range(min=1))

# Within so many days the owner of an idea from staff answers; told before it is sent.
IDEA_RESPONSE_DAYS = env.int("IDEA_RESPONSE_DAYS", 14, validate=validate.Range(1, 90))
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
LOG_FORMAT = env.str("LOG_FORMAT", "text", validate=validate.OneOf(["text", "json"]))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"private": {"()": "cfm.lib.logs.WithoutPersonalData"}},
    "formatters": {
        "text": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "{asctime}{levelname}{name}{message}",
            "style": "{",
            "rename_fields": {"asctime": "at", "levelname": "level", "name": "logger"},
        },
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["private"]}
    },
    "root": {"handlers": ["console"], "level": env.log_level("LOG_LEVEL", logging.WARNING)},
    "loggers": {
        # kombu warns that the memory broker has no host name.
        "kombu.connection": {"level": "ERROR"},
        # A page refused or not found is no fault, and its address may be somebody's personal link.
        "django.request": {"level": "ERROR"},
    },
}
