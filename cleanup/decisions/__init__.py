"""What a user has decided about changes, found again by words and not by lines: see docs/decisions.md."""

from cleanup.decisions.book import Decisions, load_decisions
from cleanup.decisions.places import Place, Words, anchored
from cleanup.decisions.ruling import rule_on

__all__ = ["Decisions", "Place", "Words", "anchored", "load_decisions", "rule_on"]
