"""`puhui demo`: sets the stage, tells the story, serves the API."""

from __future__ import annotations

import hashlib
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from oracles.demo import generated, setting
from oracles.demo.cast import Cast, Memory
from oracles.demo.evidence import AUGUST_2016, AUGUST_2020, Claim
from oracles.demo.setting import ILLUSTRATION, main_project, second_project
from oracles.demo.story import Story, Tell, tell_story
from registry.chain.keys import KeyStore
from registry.chain.opening import open_gateway
from registry.cli.console import emit, say
from registry.cli.options import HOME_DEFAULT, HomeOption
from registry.db.session import open_database
from registry.domain.errors import InvalidInput
from registry.files import written_aside
from registry.services.home import Home, NoNetwork
from registry.services.registry import Registry, open_registry

MONTH_MAPPING = "mobike-2016"
AGAIN_MAPPING = "mobike-relabelled"
GENERATED_MONTH = "generated-2016-08.csv"
GENERATED_AGAIN = "generated-claimed-as-2020.csv"


def run_demo(
    home: Home, *, data: Path | None, claimed_again: Path | None, chain: str, tell: Tell, trips: int
) -> dict[str, Any]:
    """Tells the story in a home, or goes on with it; gives back the figures of `--json`.

    Raises:
        InvalidInput: an input file that is not there.
        Conflict: the home holds the story of other data or of another chain.
    """
    home.root.mkdir(parents=True, exist_ok=True)
    memory = Memory.open(home.root / "demo.json")
    if memory.resumed:
        tell(f"Going on with the chain and the database in {home.root}.")
    begun = time.monotonic()
    month, again = _inputs(home, memory, data, claimed_again, trips)
    cast = Cast.gather(KeyStore(home.keys))
    memory.bind("chain", chain)
    with _opened(home, cast, chain) as registry:
        story = Story(registry, cast, memory, tell)
        story.seconds["network"] = round(time.monotonic() - begun, 3)
        resumed = memory.resumed
        tell(ILLUSTRATION)
        figures = tell_story(story, month, again)
        return _result(figures, story, resumed)


def _result(figures: dict[str, Any], story: Story, resumed: bool) -> dict[str, Any]:
    seconds = {**story.seconds, "total": round(sum(story.seconds.values()), 3)}
    return {
        "illustration": ILLUSTRATION,
        "acts_in": figures["rows"],
        **{key: value for key, value in figures.items() if key not in ("rows", "to")},
        "claimed_again_flagged": figures.get("claimed_again_flagged"),
        "resumed": resumed,
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "seconds": seconds,
    }


def _inputs(
    home: Home, memory: Memory, data: Path | None, claimed_again: Path | None, trips: int
) -> tuple[Claim, Claim | None]:
    """The month and the same month claimed again: the files handed in, or generated ones."""
    if data is None:
        data = home.root / GENERATED_MONTH
        memory.bind("generated trips", trips)
        if not data.exists():
            with written_aside(data) as draft:
                generated.write_trips(draft, trips=trips)
        if claimed_again is None:
            claimed_again = home.root / GENERATED_AGAIN
            if not claimed_again.exists():
                with written_aside(claimed_again) as draft:
                    generated.write_claimed_again(draft, trips=trips)
    memory.bind("data", _digest(data))
    month = Claim("2016-08", data, MONTH_MAPPING, main_project(), AUGUST_2016)
    if claimed_again is None:
        return month, None
    memory.bind("claimed again", _digest(claimed_again))
    return month, Claim("2020-08", claimed_again, AGAIN_MAPPING, second_project(), AUGUST_2020)


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as cause:
        raise InvalidInput(field="input file", problem=str(cause.strerror), given=str(path)) from cause


@contextmanager
def _opened(home: Home, cast: Cast, chain: str) -> Iterator[Registry]:
    try:
        home.read_network()
    except NoNetwork:
        gateway = open_gateway(chain, home.root)
        database = open_database(home.database_url)
        try:
            setting.deploy(home, gateway, database, cast, chain)
        finally:
            database.close()
            gateway.close()
    with open_registry(home) as registry:
        yield registry


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command("demo")
    def demo(
        context: typer.Context,
        data: Annotated[Path | None, typer.Option(help="A month of trips; a generated one if not given.")] = None,
        claimed_again: Annotated[
            Path | None, typer.Option("--claimed-again", help="The same trips under another year.")
        ] = None,
        chain: Annotated[str, typer.Option(help="`embedded`, or the URL of a node.")] = "embedded",
        serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve the API at the end.")] = True,
        home: HomeOption = HOME_DEFAULT,
        trips: Annotated[int, typer.Option(min=100, max=1_000_000, help="Size of the generated month.")] = (
            generated.DEFAULT_TRIPS
        ),
        json_output: Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")] = False,
    ) -> None:
        """Tells the whole story, from rides to certificates and back; a second start goes on where the first ended."""
        tell = say if json_output else _tell
        result = run_demo(Home(home), data=data, claimed_again=claimed_again, chain=chain, tell=tell, trips=trips)
        if json_output:
            emit(result, "", True)
        else:
            _tell(f"Done in {result['seconds']['total']} s.")
        if serve:
            up = context.parent.command.commands["up"]  # type: ignore[union-attr]
            context.invoke(up.callback, home=home)


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
