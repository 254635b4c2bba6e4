"""What is done about the results: goals, audits of processes, the business case, as tables."""

from improvement.models.cases import BusinessCase, CaseInput, CaseVersion
from improvement.models.goals import (
    Actual,
    Goal,
    GoalFramework,
    Indicator,
    Output,
    Resource,
    Strategy,
)
from improvement.models.processes import CheckAnswer, Finding, Process, ProcessAudit, Step

__all__ = [
    "Actual",
    "BusinessCase",
    "CaseInput",
    "CaseVersion",
    "CheckAnswer",
    "Finding",
    "Goal",
    "GoalFramework",
    "Indicator",
    "Output",
    "Process",
    "ProcessAudit",
    "Resource",
    "Step",
    "Strategy",
]
