"""Old tables are brought forward, newer ones are refused, and two services may start at once."""

from __future__ import annotations

import threading

import pytest
from tests.records.conftest import PARTS, SALES, SCHEMA

from telltale.core.errors import FormatError
from telltale.records.database import AbstractDatabase, AbstractTransaction, open_database
from telltale.records.tables import Column, Table
from telltale.records.versions import Schema, prepare

STAMPED = Table("stamps", "new in version 2", (Column("stamp", "whole", "which"),), ("stamp",))


def to_two(transaction: AbstractTransaction) -> None:
    transaction.run("CREATE TABLE stamps (stamp BIGINT PRIMARY KEY)")


def to_three(transaction: AbstractTransaction) -> None:
    transaction.run("INSERT INTO stamps VALUES (3)")


def broken(transaction: AbstractTransaction) -> None:
    transaction.run("INSERT INTO stamps VALUES (99)")
    raise ZeroDivisionError


TABLES = (SALES, PARTS, STAMPED)


def version(database: AbstractDatabase) -> int:
    return int(database.rows("SELECT version FROM schema_versions WHERE part = 'shop'")[0][0])


def test_an_old_form_is_brought_forward_step_by_step(database: AbstractDatabase) -> None:
    newest = Schema("shop", 3, TABLES, {2: to_two, 3: to_three})
    for _ in range(2):
        prepare(database, newest)
        assert version(database) == 3
        assert database.rows("SELECT * FROM stamps") == [(3,)]


def test_a_step_that_fails_leaves_the_old_form(database: AbstractDatabase) -> None:
    prepare(database, Schema("shop", 2, TABLES, {2: to_two}))
    with pytest.raises(ZeroDivisionError):
        prepare(database, Schema("shop", 3, TABLES, {2: to_two, 3: broken}))
    assert version(database) == 2
    assert database.rows("SELECT * FROM stamps") == []


def test_a_newer_form_is_refused(database: AbstractDatabase) -> None:
    prepare(database, Schema("shop", 2, TABLES, {2: to_two}))
    with pytest.raises(FormatError, match="holds shop in version 2, newer than 1: update Telltale"):
        prepare(database, SCHEMA)


def test_each_part_has_a_version_of_its_own(database: AbstractDatabase) -> None:
    prepare(database, Schema("stamping", 2, (STAMPED,), {2: to_two}))
    found = database.rows("SELECT part, version FROM schema_versions ORDER BY part")
    assert found == [("shop", 1), ("stamping", 2)]


def test_a_missing_step_is_a_fault_of_the_program() -> None:
    with pytest.raises(ValueError, match="wants migrations"):
        Schema("shop", 3, TABLES, {3: to_three})


def test_services_that_start_at_once_make_the_tables_once(url: str) -> None:
    errors: list[BaseException] = []

    def start() -> None:
        try:
            with open_database(url) as database:
                prepare(database, SCHEMA)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert errors == []
    with open_database(url) as database:
        assert version(database) == 1
