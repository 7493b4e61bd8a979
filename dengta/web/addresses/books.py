"""The books: statements, their proof, exports."""

from __future__ import annotations

from django.urls import URLPattern, path

from dengta.web.enterprise import statement
from dengta.web.official import books

patterns: list[URLPattern] = [
    path("enterprise/statement/", statement.statement, name="statement"),
    path("official/books/", books.books, name="books"),
    path("official/books/prove/", books.prove, name="books_prove"),
    path("official/books/export/<slug:form>/", books.export, name="books_export"),
    path("official/books/export/<slug:form>/job/", books.export_job, name="books_export_job"),
    path("official/books/firm/<slug:uscc>/", books.statement, name="books_firm"),
    path("official/books/programme/<slug:programme>/", books.statement, name="books_programme"),
    # The codes of accounts have slashes of their own.
    path("official/books/account/<path:account>/", books.statement, name="books_account"),
]
