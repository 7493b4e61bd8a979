"""How a visitor wants to see the pages; a cookie keeps it, so that it holds without an account."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

A_YEAR = 365 * 24 * 3600


@require_POST
def elder(request: HttpRequest) -> HttpResponse:
    """Switch 长者版 on (`elder=1`) or off, and return to the page the visitor was on (`next`)."""
    back = request.POST.get("next", "/")
    secure = request.is_secure()
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=secure):
        back = "/"
    response = HttpResponseRedirect(back)
    chosen = "1" if request.POST.get("elder") == "1" else "0"
    response.set_cookie(
        "elder", chosen, max_age=A_YEAR, secure=secure, httponly=True, samesite="Lax"
    )
    return response
