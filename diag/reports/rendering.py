"""HTML from our templates: one file without script, nothing from elsewhere; prints well.

A browser that reads such a file runs and loads nothing, whatever a device may have said: texts are escaped, and the
file's own policy (Content Security Policy, https://www.w3.org/TR/CSP3/) allows nothing but its style.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from diag.reports.texts import Texts


def rendered(template: str, texts: Texts, longest: int | None = None, **values: object) -> str:
    """Return a template filled in; `word` and `lang` are there as well.

    `longest`: letters of each text, of which the rest is left out.
    """

    def cut(value: object) -> object:
        is_long = longest is not None and type(value) is str and len(value) > longest  # pictures are Markup
        return f"{str(value)[:longest]}…" if is_long else value

    templates = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=cut,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return templates.get_template(template).render(lang=texts.lang, word=texts.word, **values)
