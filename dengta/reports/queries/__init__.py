"""Shared reads of reports."""

from dengta.assessment.queries import NATIONAL as NATIONAL
from dengta.core.benefits import Standing as Benefited
from dengta.core.roadmap import Plan as Plan
from dengta.core.roadmap import Way as Way
from dengta.reports.queries import reading as reading
from dengta.reports.queries.batches import Choice, chosen
from dengta.reports.queries.changes import Changes, Move, Point, changes_of
from dengta.reports.queries.own import own_data, write_own_data
from dengta.reports.queries.peers import Crowd, Group, Peers, Standing, peers_of
from dengta.reports.queries.plan import Outlook, Payer, outlook
from dengta.reports.queries.programmes import Programme, programmes_of
from dengta.reports.queries.report import Firm, Report, report
from dengta.reports.queries.verification import SIGNS, Verified, read_code, verify, written

__all__ = [
    "NATIONAL",
    "SIGNS",
    "Benefited",
    "Changes",
    "Choice",
    "Crowd",
    "Firm",
    "Group",
    "Move",
    "Outlook",
    "Payer",
    "Peers",
    "Plan",
    "Point",
    "Programme",
    "Report",
    "Standing",
    "Verified",
    "Way",
    "changes_of",
    "chosen",
    "outlook",
    "own_data",
    "peers_of",
    "programmes_of",
    "read_code",
    "report",
    "verify",
    "write_own_data",
    "written",
]
