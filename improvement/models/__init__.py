"""What is done about the results: goals, audits of processes, the business case, as tables."""

from improvement.models.actions import Action, ActionStep, ActionUpdate
from improvement.models.cases import BusinessCase, CaseInput, CaseVersion
from improvement.models.communication import Message
from improvement.models.goals import (
    Actual,
    Goal,
    GoalFramework,
    Indicator,
    Output,
    Resource,
    Strategy,
)
from improvement.models.ideas import Idea, IdeaAnswer, IdeaMailDay, IdeaMailed, IdeaTopic
from improvement.models.leaders import Commitment, CommitmentNote, Reflection
from improvement.models.processes import CheckAnswer, Finding, Process, ProcessAudit, Step
from improvement.models.recognition import DigestDeclined, DigestRound, DigestSent, Recognition

__all__ = [
    "Action",
    "ActionStep",
    "ActionUpdate",
    "Actual",
    "BusinessCase",
    "CaseInput",
    "CaseVersion",
    "CheckAnswer",
    "Commitment",
    "CommitmentNote",
    "DigestDeclined",
    "DigestRound",
    "DigestSent",
    "Finding",
    "Goal",
    "GoalFramework",
    "Idea",
    "IdeaAnswer",
    "IdeaMailDay",
    "IdeaMailed",
    "IdeaTopic",
    "Indicator",
    "Message",
    "Output",
    "Process",
    "ProcessAudit",
    "Recognition",
    "Reflection",
    "Resource",
    "Step",
    "Strategy",
]
