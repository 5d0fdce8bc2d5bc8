"""Recipe and probed media into a plan: everything that can be refused is refused here."""

from __future__ import annotations

from composer.plan.make import cache_folder, make_plan
from composer.plan.model import EndRule, MattePlan, OutputPlan, Plan, SegmenterPlan, SourcePlan
from composer.plan.span import parse_frame_rate, parse_moment, parse_span, used_span
from composer.plan.tell import as_json, as_text

__all__ = [
    "EndRule",
    "MattePlan",
    "OutputPlan",
    "Plan",
    "SegmenterPlan",
    "SourcePlan",
    "as_json",
    "as_text",
    "cache_folder",
    "make_plan",
    "parse_frame_rate",
    "parse_moment",
    "parse_span",
    "used_span",
]
