"""``cleanup rules``: the commands that look into the rule book, and those that let it grow."""

from __future__ import annotations

from typing import Annotated

import typer

from cleanup.cli import options

rules_app = typer.Typer(
    no_args_is_help=True, help="Look into the rule book, test it, measure it, let it grow."
)

_Output = Annotated[
    str, typer.Option("--output", "-o", metavar="FILE", help="Write to this file; else to standard output.")
]
_Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


@rules_app.command("list")
def rules_list(
    rules: options.Rules = None,
    pack: Annotated[str, typer.Option("--pack", metavar="NAME", help="Only this pack.")] = "",
) -> int:
    """List the packs, or the rules of one pack."""
    from cleanup.cli.rules import list_rules

    return list_rules(rules or [], pack)


@rules_app.command("show")
def rules_show(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="A rule, as pack/id.")],
    rules: options.Rules = None,
) -> int:
    """Show one rule with its forms, its context and its examples."""
    from cleanup.cli.rules import show_rule

    return show_rule(rule, rules or [])


@rules_app.command("test")
def rules_test(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[RULE|PACK]...", help="Only these; all when left out.")
    ] = None,
    rules: options.Rules = None,
) -> int:
    """Run every example that is embedded in the rules."""
    from cleanup.cli.rules import run_examples

    return run_examples(names or [], rules or [])


@rules_app.command("lint")
def rules_lint(rules: options.Rules = None) -> int:
    """Check the rule files: form, proof, duplicates, rules that cannot fire or that quarrel."""
    from cleanup.cli.rules import lint_rules

    return lint_rules(rules or [])


@rules_app.command("schema")
def rules_schema() -> int:
    """Print the JSON Schema of rule files, for editors that complete and check them."""
    from cleanup.cli.rules import print_schema

    return print_schema()


@rules_app.command("report")
def rules_report(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...",
            help="Clean text, files and directories, and spun text with its original: .jsonl files whose "
            "lines hold `spun` and `original`.",
            show_default=False,
        ),
    ],
    rules: options.Rules = None,
    output_format: Annotated[str, options.format_option(["text", "json"], "What is printed.")] = "text",
    include: options.Include = None,
    exclude: options.Exclude = None,
    quiet: options.Quiet = False,
) -> int:
    """Measure every pack, alone and together: forms, examples, hits, precision, false alarms."""
    from cleanup.cli.grow import report_packs

    choices = options.choices_of(rules=rules, include=include, exclude=exclude, quiet=quiet)
    return report_packs(paths, choices, output_format)


@rules_app.command("new")
def rules_new(
    spun: Annotated[str, typer.Argument(metavar="SPUN", help="What the spinner wrote.", show_default=False)],
    original: Annotated[
        str, typer.Argument(metavar="ORIGINAL", help="What the author wrote.", show_default=False)
    ],
    pack: Annotated[str, typer.Option("--pack", metavar="NAME", help="The pack to write it into.")],
    directory: Annotated[
        str, typer.Option("--directory", metavar="DIR", help="Where the pack's file stands or is made.")
    ] = "rules",
    rule_id: Annotated[
        str, typer.Option("--id", metavar="ID", help="Its name; else made from ORIGINAL.")
    ] = "",
    inflect: Annotated[
        str,
        typer.Option(
            "--inflect",
            metavar="noun|verb",
            help="Match plurals, or the -s, -ed and -ing forms, too.",
            callback=lambda value: options.check_choice(value, ("", "noun", "verb")),
        ),
    ] = "",
    when: Annotated[
        str, typer.Option("--when", metavar="REGEX", help="A pattern the sentence must match.")
    ] = "",
    unless: Annotated[
        str, typer.Option("--unless", metavar="REGEX", help="A pattern that silences it.")
    ] = "",
    gated: Annotated[
        bool, typer.Option("--needs-spun-document", help="Repair only in a text that is spun otherwise, too.")
    ] = False,
    example: Annotated[
        str, typer.Option("--example", metavar="SENTENCE", help="A spun sentence that proves it.")
    ] = "",
    keeps: Annotated[
        list[str] | None, typer.Option("--keeps", metavar="SENTENCE", help="A sentence that must stay.")
    ] = None,
    rules: options.Rules = None,
) -> int:
    """Write one valid rule with an example into a pack, and prove it on the spot."""
    from cleanup.cli.grow import new_rule
    from cleanup.rulebook.writing import Draft

    draft = Draft(
        rule_id, [spun], [original], needs="spun-document" if gated else "", inflect=inflect, when=when,
        unless=unless, keeps=keeps or (),
    )  # fmt: skip
    return new_rule(draft, pack, directory, example, rules or [])


@rules_app.command("import")
def rules_import(
    path: Annotated[
        str, typer.Argument(metavar="FILE", help="The list; - reads standard input.", show_default=False)
    ],
    output: _Output = "",
    list_format: Annotated[
        str,
        options.format_option(
            ["pps", "codespell", "vale", "tsv"],
            "The Problematic Paper Screener's CSV, a codespell dictionary, a Vale substitution rule, or "
            "spun form and original separated by tabs; guessed when left out.",
        ),
    ] = "",
    pack: Annotated[
        str, typer.Option("--pack", metavar="NAME", help="The pack's name; else that of --output.")
    ] = "",
    source: Annotated[str, typer.Option("--source", metavar="TEXT", help="Where the list comes from.")] = "",
    licence: Annotated[str, typer.Option("--licence", metavar="TEXT", help="Its terms.")] = "unstated",
    rules: options.Rules = None,
    force: _Force = False,
    quiet: options.Quiet = False,
) -> int:
    """Make a pack of a list that you bring; what was left out is told line by line, with the reason."""
    from cleanup.cli.grow import import_list

    return import_list(
        path, list_format, output, pack=pack, source=source, licence=licence, rules=rules or [], force=force,
        quiet=quiet,
    )  # fmt: skip


@rules_app.command("learn")
def rules_learn(
    pairs: Annotated[
        list[str],
        typer.Argument(
            metavar="PAIRS...",
            help="A .jsonl file whose lines hold `spun` and `original`, or a directory of spun texts and one "
            "of their originals under the same names; - reads JSON lines from standard input.",
            show_default=False,
        ),
    ],
    output: _Output = "",
    at_least: Annotated[
        int, typer.Option("--at-least", min=1, metavar="N", help="Leave out what was seen less often.")
    ] = 2,
    source: Annotated[str, typer.Option("--source", metavar="TEXT", help="Where the texts come from.")] = "",
    licence: Annotated[str, typer.Option("--licence", metavar="TEXT", help="Their terms.")] = "unstated",
    force: _Force = False,
    quiet: options.Quiet = False,
) -> int:
    """Learn what a spinner does from its texts and their originals: a lexicon with its evidence."""
    from cleanup.cli.grow import learn_pairs

    return learn_pairs(
        pairs, output, at_least=at_least, source=source, licence=licence, force=force, quiet=quiet
    )


@rules_app.command("suggest")
def rules_suggest(
    paths: options.Paths,
    output: _Output = "",
    top: Annotated[int, typer.Option("--top", min=1, metavar="N", help="At most so many rules.")] = 50,
    at_least: Annotated[
        int, typer.Option("--at-least", min=1, metavar="N", help="Leave out what was repaired less often.")
    ] = 2,
    rules: options.Rules = None,
    include: options.Include = None,
    exclude: options.Exclude = None,
    force: _Force = False,
    quiet: options.Quiet = False,
) -> int:
    """Draft rules for what is repaired most often and most surely in a corpus and that no rule lists."""
    from cleanup.cli.grow import suggest_rules

    choices = options.choices_of(rules=rules, include=include, exclude=exclude, quiet=quiet)
    return suggest_rules(paths, choices, output, top=top, at_least=at_least, force=force)
