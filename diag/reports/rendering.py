"""HTML from our templates: one file without script, nothing from elsewhere; prints well.

A browser that reads such a file runs and loads nothing, whatever a device may have said: texts are escaped, and the
file's own policy (Content Security Policy, https://www.w3.org/TR/CSP3/) allows nothing but its style.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from diag.reports.texts import Texts

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def rendered(template: str, texts: Texts, **values: object) -> str:
    """Return a template filled in; `word` and `lang` are there as well."""
    return _TEMPLATES.get_template(template).render(lang=texts.lang, word=texts.word, **values)
