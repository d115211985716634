"""What `--help` and wrong usage show, in the reader's language, and the option `--lang`."""

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command

from techinsure_api.words import LANGUAGES, VARIABLE, Language, entries, language, retell, tell

Lang = Annotated[
    Language,
    typer.Option(
        "--lang",
        show_default=False,
        help="Language of what is printed; the environment's TECHINSURE_LANG if not given, and "
        "English without it: LANG is not followed. JSON does not change.",
    ),
]

WRONG_USAGE = 2
"""The exit code."""

WIDEST = 110
"""Columns of a help at most: longer lines are hard to read."""

FRAME = {
    "ARGUMENTS_PANEL_TITLE": "Arguments",
    "OPTIONS_PANEL_TITLE": "Options",
    "COMMANDS_PANEL_TITLE": "Commands",
    "DEFAULT_STRING": "[default: {}]",
    "REQUIRED_LONG_STRING": "[required]",
}
"""What typer writes around a help: its constant, and the English."""


def language_of(words: Sequence[str]) -> Language:
    """The language asked for: the last `--lang`, or the environment's, or English. One that is
    unknown is refused later, in English, with the other options."""
    asked = os.environ.get(VARIABLE, "")
    for place, word in enumerate(words):
        if word == "--":
            break
        if word == "--lang" and place + 1 < len(words):
            asked = words[place + 1]
        elif word.startswith("--lang="):
            asked = word.removeprefix("--lang=")
    return next((known for known in LANGUAGES if known == asked), "en")


def unknown_variable(words: Sequence[str]) -> str:
    """What is wrong with the environment's language, where no `--lang` overrides it; or
    nothing."""
    named = os.environ.get(VARIABLE, "")
    options = words[: words.index("--")] if "--" in words else words
    if named in ("", *LANGUAGES) or any(w.partition("=")[0] == "--lang" for w in options):
        return ""
    return (
        f"Error: the environment's {VARIABLE} must be one of {', '.join(LANGUAGES)}, got {named!r} "
        "(unset it, or give --lang)"
    )


def run(app: typer.Typer, words: Sequence[str]) -> int:
    """Run the command line; the exit code. Wrong usage is told in the reader's language."""
    language.set(language_of(words))
    if unknown := unknown_variable(words):
        print(unknown, file=sys.stderr)
        return WRONG_USAGE
    command = _told(app)
    if language.get() == "en":
        command(args=list(words), prog_name=app.info.name)
    try:
        done = command(args=list(words), prog_name=app.info.name, standalone_mode=False)
        return int(done or 0)
    except TyperException as error:
        _say_usage(error)
        return error.exit_code
    except typer.Abort:
        return 1


class _Verb(TyperCommand):
    def get_usage(self, ctx: Any) -> str:
        return _usage(super().get_usage(ctx))


class _Verbs(TyperGroup):
    def get_usage(self, ctx: Any) -> str:
        return _usage(super().get_usage(ctx))


def _usage(line: str) -> str:
    return line.replace("Usage: ", tell("Usage: "), 1)


def _told(app: typer.Typer) -> Any:
    """The command of `app`, with `--lang` on every verb and all its help retold."""
    _frame()
    _give_classes(app)
    command = get_command(app)
    _retell(command, lang_option())
    return command


def _frame() -> None:
    """Set what typer writes around a help and how wide, and let it wrap Chinese."""
    from rich.console import Console
    from typer import rich_utils

    from techinsure_api.wrapping import Prose

    class Highlighter(rich_utils.OptionHighlighter):
        def __call__(self, text: Any) -> Prose:
            found = super().__call__(text)
            return Prose(found.plain, style=found.style, spans=found.spans)

    for name, english in FRAME.items():
        setattr(rich_utils, name, english if language.get() == "en" else entries()[english])
    rich_utils.MAX_WIDTH = min(Console().width, WIDEST)
    is_english = language.get() == "en"
    rich_utils.highlighter = rich_utils.OptionHighlighter() if is_english else Highlighter()


def _give_classes(app: typer.Typer) -> None:
    app.info.cls = _Verbs
    for verb in app.registered_commands:
        verb.cls = _Verb
    for part in app.registered_groups:
        if part.typer_instance:
            part.cls = _Verbs
            _give_classes(part.typer_instance)


def lang_option() -> Any:
    """The parameter `--lang`, as typer makes it of a function that takes it."""
    alone = typer.Typer(add_completion=False)

    @alone.command()
    def speak(lang: Lang = "en") -> None:
        """Nothing: it is there for its parameter."""

    option: Any = get_command(alone).params[0]
    option.expose_value = False
    return option


def _retell(command: Any, lang: Any) -> None:
    """Put the language's words into a command and the commands below it."""
    command.params.append(lang)
    command.help = paragraphs(command.help or "")
    command.epilog = examples(command.epilog or "")
    command.options_metavar = retell(command.options_metavar)
    with typer.Context(command) as context:
        for one in command.get_params(context):
            one.help = retell(one.help) if one.help else one.help
    for inner in getattr(command, "commands", {}).values():
        _retell(inner, lang)
    if getattr(command, "commands", None):
        command.subcommand_metavar = retell(command.subcommand_metavar)


def paragraphs(text: str) -> str:
    """A help of several paragraphs, each retold."""
    return "\n\n".join(retell(" ".join(part.split())) for part in text.split("\n\n"))


def examples(text: str) -> str:
    """Command lines with remarks after `#`: the remarks retold."""
    lines = []
    for line in text.splitlines():
        words, mark, remark = line.partition("# ")
        lines.append(words + mark + retell(remark) if mark else retell(line))
    return "\n".join(lines)


def _say_usage(error: TyperException) -> None:
    """Wrong usage in lines: how it is used, where help is, what is wrong."""
    context: Any = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":  # its message is the help, already shown
        return
    if context is not None:
        print(context.get_usage(), file=sys.stderr)
        print(tell("Try '{command} --help' for help.", command=context.command_path),
              file=sys.stderr)  # fmt: skip
    print(tell("Error: {what}", what=retell(error.format_message())), file=sys.stderr)
