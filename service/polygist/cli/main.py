"""The commands that make up `polygist`."""

import asyncio
import gc
from typing import TYPE_CHECKING, Annotated

import typer

from polygist import logs, settings
from polygist.cli import access, calls, models, operations, tokens, users
from polygist.cli.batch import batch
from polygist.cli.exits import exits
from polygist.cli.top import top
from polygist.engines import makers

if TYPE_CHECKING:
    from polygist.app import Ports

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Digests of articles: structured summaries and their translations, by local transformer models.",
    epilog="Exit codes: 0 done, 1 unforeseen, 2 wrong usage or input, 3 no server or refused for now, 4 out of time, "
    "5 model or setting missing or wrong, 6 some articles of a batch job failed, 7 its output can't be written, "
    "130 interrupted.",
)
app.callback()(access.choose)
for command in (
    calls.digest,
    calls.brief,
    batch,
    calls.summarize,
    calls.translate,
    calls.detect,
    calls.parse,
    calls.info,
    calls.health,
    users.metrics_user,
    top,
):
    app.command()(command)
app.add_typer(models.app, name="models", help="The models on this machine.")
app.add_typer(tokens.app, name="token", help="What callers show of themselves, see docs/access.md.")
app.add_typer(operations.app, name="jobs", help="The batch jobs of a server.")


@app.command()
def serve(
    port: Annotated[int | None, typer.Option(help="Port of the gRPC service; 0 picks a free one.")] = None,
    metrics_port: Annotated[int | None, typer.Option(help="Port of the metrics; 0 picks a free one.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    profile: Annotated[str | None, typer.Option(help="Which models to serve.")] = None,
    engine: Annotated[str | None, typer.Option(help="openvino (the default), ct2 or torch.")] = None,
    insecure: Annotated[
        bool | None, typer.Option("--insecure", help="Listen in plain text beyond this machine, see docs/access.md.")
    ] = None,
) -> None:
    """Serve until SIGTERM. What is not given comes from POLYGIST_* variables."""
    with exits():
        given = {"port": port, "metrics_port": metrics_port, "host": host, "profile": profile, "engine": engine}
        chosen = settings.load(**given, insecure=insecure)
        logs.configure(chosen.log_level, chosen.log_levels, chosen.log_format, chosen.log_repeats_per_minute)
        gc.disable()  # most of what is made until it serves stays
        with makers.early(chosen) as early:
            from polygist import app as server  # takes a second, while the engines load

            asyncio.run(server.serve(chosen, _announce, early))


def _announce(ports: "Ports") -> None:
    gc.freeze()
    gc.enable()
    typer.echo(f"serving grpc={ports.grpc} metrics={ports.metrics}")
