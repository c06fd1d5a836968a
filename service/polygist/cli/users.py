"""`polygist metrics-user`: who may read metrics."""

from typing import Annotated

import typer

from polygist.web import users


def metrics_user(name: Annotated[str, typer.Argument(help="What the user is called.")]) -> None:
    """Print the line of a user for the file that POLYGIST_METRICS_USERS names. Asks for the password."""
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    try:
        typer.echo(users.line(name, password))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
