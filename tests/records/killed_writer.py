"""Writes sales without end and prints the name of each that is confirmed; a test kills it on the way."""

import sys
import threading

from tests.records.conftest import PARTS, SALES, SCHEMA

from telltale.records.database import AbstractTransaction, open_database
from telltale.records.versions import prepare
from telltale.records.writer import GroupWriter

THREADS = 4
_print = threading.Lock()


def write(writer: GroupWriter, number: int) -> None:
    for place in range(1_000_000):
        name = f"{number}-{place}"

        def job(transaction: AbstractTransaction, name: str = name) -> None:
            transaction.run(SALES.insert(), (name, 1, None, True, b"x" * 200, 0))
            for part in range(3):
                transaction.run(PARTS.insert(), (name, part))

        writer.submit(job, wait_s=None).result()
        with _print:
            sys.stdout.write(f"{name}\n")
            sys.stdout.flush()


def main() -> None:
    database = open_database(f"sqlite:///{sys.argv[1]}")
    prepare(database, SCHEMA)
    writer = GroupWriter(database)
    for number in range(THREADS):
        threading.Thread(target=write, args=(writer, number)).start()


if __name__ == "__main__":
    main()
