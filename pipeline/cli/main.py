"""The `wire` command: one file a verb, registered here in the order of `wire --help`."""

from __future__ import annotations

import sys

import typer

from pipeline.cli import verbs
from pipeline.errors import Unavailable, Usage

INTERRUPTED = 130


def build() -> typer.Typer:
    """The command line program with every verb."""
    app = typer.Typer(
        name="wire",
        help="Wire stories in, one clean stream out: parsed, deduplicated, tagged, classified, on Kafka.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for name, command in verbs.load():
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def main() -> None:
    """Entry point. Exit status: 0 done, 1 something needed is not there, 2 wrong usage, 130 interrupted."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit status."""
    try:
        result = build()(args=arguments, prog_name="wire", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except typer.Exit as e:
        return e.exit_code
    except typer.TyperException as e:
        e.show()  # type: ignore[attr-defined]  # every one that a command line raises has it
        return e.exit_code
    except Usage as e:
        print(f"wire: {e}", file=sys.stderr)
        return 2
    except Unavailable as e:
        print(f"wire: {e}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except (KeyboardInterrupt, typer.Abort):
        print("wire: interrupted", file=sys.stderr)
        return INTERRUPTED
