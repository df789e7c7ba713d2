"""`telltale study forget`: erase a person from a study and leave a receipt."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from telltale.cli import console


def forget(
    folder: Annotated[Path, typer.Argument(help="Folder of a study.")],
    person: Annotated[str, typer.Argument(help="The person's pseudonym, as in participants.parquet.")],
    models: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of `telltale train`: forget the person there too; repeatable."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the receipt as JSON.")] = False,
) -> None:
    """Erase every row and file of a person, derived tables included; there is no way back."""
    from telltale.core import clock
    from telltale.intent.forget_run import forget_in_run
    from telltale.intent.study_training import read_asked
    from telltale.study.forget import forget_person
    from telltale.study.personal_files import unsearched

    for run in models or []:
        read_asked(run)  # A folder that is none is refused before anything is erased.
    receipt = forget_person(folder, person, clock.now())
    by_runs = [forget_in_run(run, person) for run in models or []]
    if as_json:
        console.print_json(receipt.to_dict())
    else:
        files = sum(receipt.files.values())
        title = f"Erased {sum(receipt.rows.values()):,} rows and {files:,} files"
        rows = [(place, f"{count:,}") for place, count in (receipt.rows | receipt.files).items()]
        console.print_table(title, ("Where", "Erased"), rows)
        console.out.print(
            f"receipt: {console.escape(str(folder / 'receipts' / receipt.name))}", soft_wrap=True
        )
    for told in by_runs:
        words = f"{told.run}: {told.rows:,} rows erased"
        if told.learnt:
            words += f"; these learnt from {person}, train again to be rid of it: {', '.join(told.learnt)}"
        console.err.print(console.escape(words), soft_wrap=True)
    if left := unsearched(folder):
        names = ", ".join(str(path.relative_to(folder)) for path in left[:5])
        console.err.print(
            f"not searched, for they are not Parquet ({len(left)}): {console.escape(names)}", soft_wrap=True
        )
