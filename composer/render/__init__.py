"""Doing the plan: streaming, bounded, atomic."""

from composer.render.report import Report, report_path
from composer.render.run import plan_mattes, render_plan, render_recipe

__all__ = ["Report", "plan_mattes", "render_plan", "render_recipe", "report_path"]
