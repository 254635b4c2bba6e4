"""The instrument and the measuring, as tables."""

from assessments.models.ballot import Comment, Draft, Envelope, Invitation, PaperFile, Response
from assessments.models.checklist import ChecklistEntry, EntryEvent, EvidenceFile
from assessments.models.cycle import AUDIENCES, RESERVED_CODES, Audience, Cycle, CycleUnit
from assessments.models.framework import Framework
from assessments.models.mail import CycleTexts, Extension, Link, MailRound
from assessments.models.release import Analysis, CountPart, CubePart, Distribution, Figure, Release
from assessments.models.transformation import ReadinessEntry, ReadinessEvent, Transformation
from assessments.models.turnout import TurnoutSnapshot

__all__ = [
    "AUDIENCES",
    "RESERVED_CODES",
    "Analysis",
    "Audience",
    "ChecklistEntry",
    "Comment",
    "CountPart",
    "CubePart",
    "Cycle",
    "CycleTexts",
    "CycleUnit",
    "Distribution",
    "Draft",
    "EntryEvent",
    "Envelope",
    "EvidenceFile",
    "Extension",
    "Figure",
    "Framework",
    "Invitation",
    "Link",
    "MailRound",
    "PaperFile",
    "ReadinessEntry",
    "ReadinessEvent",
    "Release",
    "Response",
    "Transformation",
    "TurnoutSnapshot",
]
