"""`wire replay`: feeds of any shape onto `wire.raw`."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli.options import settings_from
from pipeline.errors import Unavailable
from pipeline.log import configure

AGAIN = "The same command with --resume goes on from there."


def command(
    paths: Annotated[list[str], typer.Argument(help="Files, folders, archives, JSON lines; - for standard input.")],
    broker: Annotated[str | None, typer.Option(help="Kafka bootstrap servers. [WIRE_BROKER]")] = None,
    prefix: Annotated[str | None, typer.Option(help="Prefix of topic names. [WIRE_TOPIC_PREFIX]")] = None,
    topic: Annotated[str, typer.Option(help="Another topic than wire.raw.")] = "",
    source: Annotated[str, typer.Option(help="Name of the feed; else a story's own, or the file's or folder's.")] = "",
    rate: Annotated[float | None, typer.Option(help="So many stories a second.", metavar="N")] = None,
    speed: Annotated[
        float | None, typer.Option(help="On the stories' own times: 1 real time, 3600 an hour a second.", metavar="X")
    ] = None,
    max_wait: Annotated[
        float | None, typer.Option(help="With --speed: wait at most so many seconds between two.", min=0)
    ] = None,
    loop: Annotated[bool, typer.Option("--loop", help="Again and again, until stopped.")] = False,
    fresh_ids: Annotated[
        bool, typer.Option("--fresh-ids", help="With --loop: later passes carry their number in the ids.")
    ] = False,
    shuffle: Annotated[int | None, typer.Option(help="In the random order of this seed.", metavar="SEED")] = None,
    shuffle_window: Annotated[
        int, typer.Option(help="Shuffle by at most so many places, for inputs larger than memory.", min=0)
    ] = 0,
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after so many records.")] = None,
    faults: Annotated[
        str,
        typer.Option(
            help="Seeded faults by share: duplicates=0.1,near=0.05,truncate=0.02,reorder=0.05,"
            " garbage=0.01, late-parent, kill, kill-first."
        ),
    ] = "",
    seed: Annotated[int, typer.Option(help="Of --faults: the same seed, the same faults.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where an interrupted replay stopped.")] = False,
    compression: Annotated[str | None, typer.Option(help="none, zstd, gzip, lz4, snappy. [WIRE_COMPRESSION]")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Send nothing; say what would be sent.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only what went wrong.")] = False,
) -> int:
    """Publish files, folders, archives, JSON lines or standard input to wire.raw, original bytes, in order."""
    from rich.console import Console

    from pipeline.replay.connection import BULK_LINGER_MS, LINGER_MS
    from pipeline.replay.display import Display, Notes, census, summary
    from pipeline.replay.faults import parse_faults
    from pipeline.replay.files import find
    from pipeline.replay.options import ReplayOptions
    from pipeline.replay.publish import Publisher
    from pipeline.replay.resume import Position, sequence_hash
    from pipeline.replay.run import Replay, count, sequence
    from pipeline.topics import RAW

    options = ReplayOptions(
        paths=paths,
        source=source,
        rate=rate,
        speed=speed,
        max_wait_seconds=float("inf") if max_wait is None else max_wait,
        loop=loop,
        fresh_ids=fresh_ids,
        shuffle=shuffle,
        shuffle_window=shuffle_window,
        limit=limit,
        faults=parse_faults(faults),
        seed=seed,
        resume=resume,
    )
    settings = settings_from(broker=broker, topic_prefix=prefix, compression=compression)
    configure(settings)
    files = find(options.paths)
    options.check_inputs(files)
    console = Console(stderr=True)
    notes = Notes(console)
    if dry_run:
        print(census(sequence(options.one_pass(), files, notes)))
        return int(notes.lost > 0)

    to = topic or settings.topic(RAW)
    position = None
    if not loop and not any(file.live for file in files):
        key = sequence_hash(settings.broker, to, files, options.order)
        position = Position(settings.data_dir / "replay", key)
    bulk = rate is None and speed is None and position is not None
    publisher = Publisher(settings, topic=to, report=notes, linger_ms=BULK_LINGER_MS if bulk else LINGER_MS)
    replay = Replay(options, files, position=position, report=notes)
    total = None if quiet else count(options, files)
    try:
        with Display(console, None if total is None else total - replay.skipped, quiet) as display:
            outcome = replay.run(publisher, display.watch)
    except Unavailable as e:
        raise Unavailable(f"{e} {AGAIN}" if position is not None else str(e)) from e
    if not quiet or outcome.interrupted:
        print(summary(outcome, to, settings.broker, notes.lost))
    if outcome.interrupted:
        if position is not None:
            print(AGAIN)
        raise KeyboardInterrupt
    return int(notes.lost > 0)
