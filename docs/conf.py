"""How Sphinx builds the documentation: `make docs`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pygments.lexers.special import TextLexer

import bridgewright

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "Bridgewright"
author = "the Bridgewright authors"
copyright = author
release = bridgewright.__version__
version = release

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"Bridgewright {release}"

# Every heading down to the third level can be linked to, as on the code host.
myst_heading_anchors = 3
myst_enable_extensions = ["deflist"]

# A reference that leads nowhere is a warning, and warnings are errors.
nitpicky = True
nitpick_ignore_regex = [
    # The standard library and frameworks are not documented here, and nothing is fetched to link them.
    (r"py:.*", r"(?!bridgewright).*"),
    # Words of the inside that signatures mention; their docstrings are in the source.
    (r"py:.*", r"bridgewright\.(adapters|connectors|engine)\..*"),
    (r"py:.*", r"bridgewright\.core\.(ports|effects|model\.moment)\..*"),
    # A type variable: whatever was attached comes back.
    (r"py:.*", r"bridgewright\.bridge\.views\.T"),
]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True}


def setup(app: Sphinx) -> None:
    """A Mermaid diagram is drawn by the code host; here it is shown as the text it is."""
    app.add_lexer("mermaid", TextLexer)
