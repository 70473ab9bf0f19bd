"""
Every form there is, and who may send it: what the first day's walk has to send.

Written apart from the code. `test_walks` asks the application itself whether any is missing.
"""
import re

STAFF = frozenset({"office", "checker", "accounts", "area", "department", "bank", "viewer"})
OFFICE = frozenset({"office"})
ACCOUNTS = frozenset({"accounts"})
CHECKING = frozenset({"office", "checker"})
UNITS = frozenset({"office", "area", "department", "bank"})
CLERKS = frozenset({"area", "department", "bank"})
RESIDENT = frozenset({"resident"})

FORMS = {
    "/admin/login": STAFF,
    "/admin/logout": STAFF,
    "/admin/me/password": STAFF,
    "/admin/me/sign-out-everywhere": STAFF,
    "/admin/me/totp": STAFF,
    "/admin/me/notices": STAFF,
    "/admin/me/notices/address": STAFF,
    "/admin/notices/stop/<token>": STAFF,
    "/admin/notices": OFFICE,
    "/admin/notices/robots": OFFICE,
    "/admin/notices/robots/<id>": OFFICE,
    "/admin/news": STAFF,
    "/admin/find": STAFF,
    "/admin/posters": UNITS,
    "/admin/inspect": UNITS,
    "/admin/units/<id>/contacts": UNITS,
    "/admin/units/<id>/placements": UNITS,
    "/admin/appeals": UNITS,
    "/admin/appeals/<id>": CHECKING,
    "/admin/corrections": OFFICE,
    "/admin/corrections/<id>": CHECKING,
    "/admin/corrections/answers": CHECKING,
    "/admin/takeovers": CHECKING,
    "/admin/held": CHECKING,
    "/admin/callbacks/<claim>": CHECKING,
    "/admin/differences": CHECKING,
    "/admin/feeds": OFFICE,
    "/admin/feeds/<token>": CHECKING,
    "/admin/periods": OFFICE,
    "/admin/periods/<id>": CHECKING,
    "/admin/snapshots": OFFICE,
    "/admin/exchange": OFFICE,
    "/admin/bulletin": OFFICE,
    "/admin/scenes/<scene>": OFFICE | {"area", "bank"},
    "/admin/scenes/whole": OFFICE,
    "/admin/scenes/table": OFFICE | {"area", "bank"},
    "/admin/goals": OFFICE,
    "/admin/goals/survey": OFFICE,
    "/admin/erasures": OFFICE,
    "/admin/erasures/run": OFFICE,
    "/admin/units-change/<deed>": OFFICE,
    "/admin/units-change/<deed>/do": OFFICE,
    "/admin/campaign/<group>": OFFICE,
    "/admin/campaign/<group>/do": OFFICE,
    "/admin/paper": UNITS,
    "/admin/accounts-by-unit": ACCOUNTS,
    "/admin/units-import": OFFICE,
    "/admin/units-import/<token>": OFFICE,
    "/admin/units/<id>/reissue": OFFICE,
    "/admin/units/<id>/revoke": OFFICE,
    "/admin/users": ACCOUNTS,
    "/admin/users/<name>": ACCOUNTS,
    "/admin/requests/<id>": CHECKING | ACCOUNTS,
    "/counter/<unit>/claim": CLERKS,
    "/counter/prove": CLERKS,
    "/counter/next": CLERKS,
    "/claim": RESIDENT,
    "/claim/prove": RESIDENT,
    "/form/<token>/again": RESIDENT,
    "/another": RESIDENT,
    "/h": RESIDENT,
    "/h/<token>": RESIDENT,
    "/seen": RESIDENT,
    "/my": RESIDENT,
    "/my/prove": RESIDENT,
    "/my/act": RESIDENT,
}
# Sent when the campaign ends (test_the_end), not on its first day.
AT_THE_END = {
    "/admin/end/archive": OFFICE,
    "/admin/end/shred": CHECKING,
    "/admin/end/copies": CHECKING,
}


def form_at(path: str) -> str:
    """Return which of all forms *path* is; '' for none."""
    # The fewest placeholders first: /erasures/run is no <id>.
    for pattern in sorted({**FORMS, **AT_THE_END}, key=lambda form: form.count("<")):
        if re.fullmatch(re.sub(r"<\w+>", "[^/]+", pattern), path):
            return pattern
    return ""
