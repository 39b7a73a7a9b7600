"""Arguments that many commands take, declared once."""

from __future__ import annotations

from typing import Annotated

import typer

Org = Annotated[str, typer.Argument(metavar="ORG", help="Login name of the organization.")]
