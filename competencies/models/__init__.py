"""Competencies, what they are asked for, how people are rated, and what is done about gaps, as tables."""

from competencies.models.library import Behaviour, Competency, Group, Kind, Requirement
from competencies.models.plans import CoachingNote, PlanItem, Resource
from competencies.models.ratings import RATED_IN, Rater, Rating, RatingChange, Sheet

__all__ = [
    "RATED_IN",
    "Behaviour",
    "CoachingNote",
    "Competency",
    "Group",
    "Kind",
    "PlanItem",
    "Rater",
    "Rating",
    "RatingChange",
    "Requirement",
    "Resource",
    "Sheet",
]
