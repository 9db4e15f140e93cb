"""Settings. What differs between machines comes from the environment; see casework/environment.py."""

import os
from pathlib import Path

from celery.schedules import crontab
from csp.constants import NONE, SELF

from casework.environment import read_environment
from casework.key_file import read_keys

# Before NumPy is loaded. A question is a small product: with a thread for each core, those of all processes wait for
# each other (5,000 passages on two busy cores: 5.5 ms with two threads, 0.3 ms with one). More workers use more cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Before onnxruntime is loaded. The version in requirements.txt can reach no network; a later one would obey this.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("CASEWORK_VAR", BASE_DIR / "var"))
ENVIRONMENT = read_environment(os.environ, VAR)

SECRET_KEY = ENVIRONMENT.secret_key
CASEWORK_KEYS = read_keys(ENVIRONMENT.keys_file)
ALLOWED_HOSTS = ENVIRONMENT.allowed_hosts
TRUSTED_PROXIES = ENVIRONMENT.trusted_proxies
DEMO = ENVIRONMENT.demo
DEBUG = False

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.forms",
    "casework.web",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "auditlog",
    "guardian",
    "csp",
    "casework.audit",
    "casework.guard",
    "casework.vault",
    "casework.access",
    "agencies",
    "casework.cases",
    "casework.account",
    "casework.search",
    "casework.planning",
    "casework.assessment",
    "casework.sharing",
    "casework.emergency",
    "casework.custody",
    "casework.summaries",
    "casework.oversight",
    "casework.drafts",
    "casework.demo",
    "casework.bench",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "casework.access.hosts.KnownHosts",
    "casework.guard.middleware.NoUploads",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "casework.access.middleware.RequestTransaction",
    "casework.drafts.middleware.KeepTyped",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "casework.access.idle.IdleSessions",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "casework.access.middleware.AccessRules",
]

ROOT_URLCONF = "casework.urls"
WSGI_APPLICATION = "casework.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "casework.navigation.frame",
            ],
        },
    }
]
FORM_RENDERER = "casework.web.forms.FormRenderer"

# Two roles on one database: `default` serves and owns nothing, `owner` migrates and never serves.
DATABASES = {"default": ENVIRONMENT.database, "owner": ENVIRONMENT.database_owner}
DATABASE_ROUTERS = ["casework.access.router.OwnerMigrates"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DISABLE_SERVER_SIDE_CURSORS = True

AUTH_USER_MODEL = "agencies.Member"
AUTHENTICATION_BACKENDS = ["agencies.sign_in.MemberBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in {
        "UserAttributeSimilarityValidator": {"user_attributes": ("email", "name")},
        "MinimumLengthValidator": {"min_length": 12},
        "CommonPasswordValidator": {},
        "NumericPasswordValidator": {},
    }.items()
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "cases:my_work"
LOGOUT_REDIRECT_URL = "account_login"

ACCOUNT_ADAPTER = "agencies.sign_in.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_BY_CODE_ENABLED = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/15m/key", "reauthenticate": "10/m/user"}
MFA_ADAPTER = "agencies.sign_in.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = False
MFA_TRUST_ENABLED = False
MFA_TOTP_ISSUER = "Casework"

GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_AUTO_PREFETCH = False
ANONYMOUS_USER_NAME = None
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]  # the backend is asked through Member.has_perm, with our own checker

AUDITLOG_LOGENTRY_MODEL = "audit.AuditEntry"
AUDITLOG_STORE_JSON_CHANGES = True
AUDITLOG_USE_BASE_MANAGER = True
AUDITLOG_USE_FK_STRING_REPRESENTATION = False
AUDITLOG_DISABLE_REMOTE_ADDR = True

CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": ENVIRONMENT.cache_url}}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 20 * 60  # idle seconds; issue by the field: an unattended desk in a shared office
SESSION_COOKIE_NAME = "casework_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "casework.access.csrf.failed"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not ENVIRONMENT.embedded
SECURE_HSTS_SECONDS = 0 if ENVIRONMENT.embedded else 31_536_000
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

FILE_UPLOAD_HANDLERS: list[str] = []  # no picture gets in: nothing could even receive one
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024  # a transcript of 1 MB, percent-encoded
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4_000

SEARCH_MODEL = os.environ.get("SEARCH_MODEL_FOLDER", "")  # empty: the built-in one; see casework/search/embedders.py

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]  # those whose every word is translated; half a language is none
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
STATIC_STORAGE = "StaticFilesStorage" if ENVIRONMENT.embedded else "ManifestStaticFilesStorage"
STORAGES = {"staticfiles": {"BACKEND": f"django.contrib.staticfiles.storage.{STATIC_STORAGE}"}}
WHITENOISE_USE_FINDERS = ENVIRONMENT.embedded
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MANIFEST_STRICT = not ENVIRONMENT.embedded

EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"  # nothing about a case leaves by e-mail

CELERY_BROKER_URL = ENVIRONMENT.broker_url
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "send-waiting-copies-again": {"task": "summaries.send_waiting_copies", "schedule": 20.0},
    "make-waiting-vectors": {"task": "search.send_waiting", "schedule": 5.0},
    "end-old-drafts": {"task": "drafts.end_old_drafts", "schedule": 3600.0},
    "mark-overdue-questions": {"task": "planning.mark_overdue_questions", "schedule": 24 * 3600.0},
    "clear-ended-sessions": {"task": "access.clear_ended_sessions", "schedule": 3600.0},
    "seal-the-record": {"task": "audit.seal", "schedule": 5.0, "options": {"expires": 5.0}},
    "verify-what-came": {"task": "audit.verify_increment", "schedule": 3600.0, "options": {"expires": 3600.0}},
    "verify-the-record": {"task": "audit.verify_whole", "schedule": crontab(hour=2, minute=10)},
    "add-months": {"task": "audit.add_months", "schedule": 12 * 3600.0},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
