"""Shared reads of reports."""

from dengta.reports.queries import reading as reading
from dengta.reports.queries.changes import Changes, Move, Point, changes_of
from dengta.reports.queries.peers import LEAST, Crowd, Group, Peers, Standing, peers_of
from dengta.reports.queries.plan import Outlook, outlook
from dengta.reports.queries.programmes import Programme, programmes_of
from dengta.reports.queries.report import Firm, Report, report
from dengta.reports.queries.verification import Verified, read_code, verify, written

__all__ = [
    "LEAST",
    "Changes",
    "Crowd",
    "Firm",
    "Group",
    "Move",
    "Outlook",
    "Peers",
    "Point",
    "Programme",
    "Report",
    "Standing",
    "Verified",
    "changes_of",
    "outlook",
    "peers_of",
    "programmes_of",
    "read_code",
    "report",
    "verify",
    "written",
]
