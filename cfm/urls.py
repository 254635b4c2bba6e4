"""Every address of the product; `docs/roles.md` says who sees what behind it."""

from allauth.account import views as account
from allauth.account.decorators import secure_admin_login
from allauth.socialaccount import views as social
from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from cfm import views
from cfm.lib.languages import spoken
from organisation.views import sso

# Django's admin has a sign-in page of its own; ours throttles.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

# allauth's pages, but for those on which people would sign up or change the e-mail address the organisation gave.
ACCOUNT = [
    path("login/", spoken(account.login), name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("signup/", account.signup, name="account_signup"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("2fa/", include("allauth.mfa.urls")),
    path("sessions/", include("allauth.usersessions.urls")),
    path("sso/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("sso/error/", social.login_error, name="socialaccount_login_error"),
    path("sso/unknown/", social.signup, name="socialaccount_signup"),
    path("sso/", social.connections, name="socialaccount_connections"),
    path("oidc/<slug:provider_id>/login/", sso.login, name="openid_connect_login"),
    path("oidc/<slug:provider_id>/login/callback/", sso.callback, name="openid_connect_callback"),
]

handler500 = "cfm.views.server_error"
urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", views.healthz, name="healthz"),
    path("metrics", views.metrics, name="metrics"),
    path("accounts/", include(ACCOUNT)),
    path("admin/", admin.site.urls),
    path("", include("organisation.urls")),
    path("", include("assessments.urls")),
    path("", include("competencies.urls")),
    path("", include("improvement.urls")),
    path("", include("reports.urls")),
]
if settings.DEBUG:
    urlpatterns.append(path("styleguide/", views.styleguide, name="styleguide"))
