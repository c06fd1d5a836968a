"""`polygist token`: what callers show, and what the callers' file has of it."""

from typing import Annotated

import typer

from polygist.cli.exits import USAGE, fail
from polygist.cli.sessions import read

app = typer.Typer(no_args_is_help=True)


@app.command()
def new() -> None:
    """Print a new token, and on standard error the line of it for the file that POLYGIST_CALLERS_FILE names."""
    from polygist.transport import callers  # a server's code, which takes a while to import

    token = callers.new_token()
    typer.echo(token)
    typer.echo(f'tokens = ["{callers.hashed(token)}"]', err=True)


@app.command("hash")
def hash_(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="A file with a token; - reads standard input.")],
) -> None:
    """Print what the callers' file has of a token that is there already."""
    from polygist.transport import callers

    try:
        typer.echo(callers.hashed(read(file).strip()))
    except ValueError as error:
        raise fail(str(error), USAGE) from error
