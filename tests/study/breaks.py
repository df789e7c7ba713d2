"""Every way in which the tests spoil the example study, and the fault that each must give."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pandas as pd
from tests.study.spoil import Break, Frame, damage, of_signal, of_table, put, swap, truncate


def add_a_copy(folder: Path) -> None:
    shutil.copy(folder / "chat.parquet", folder / "chats.parquet")


def drop_consent(table: Frame) -> Frame:
    return table[~((table["participant_id"] == "p2") & (table["purpose"] == "research"))]


def withdraw(table: Frame) -> Frame:
    mine = table["participant_id"] == "p3"
    table.loc[mine, "withdrawn_at"] = pd.Timestamp("2026-03-05", tz="UTC")
    return table


def withdrawn_early(table: Frame) -> Frame:
    table.loc[0, "withdrawn_at"] = pd.Timestamp("2026-01-01", tz="UTC")
    return table


def late(table: Frame) -> Frame:
    table.loc[table["participant_id"] == "p5", "granted_at"] = pd.Timestamp("2026-03-04", tz="UTC")
    return table


def overlapping(table: Frame) -> Frame:
    table.loc[1, "started_at"] = table.loc[0, "started_at"] + timedelta(seconds=10)
    return table


def second_category(table: Frame) -> Frame:
    table.loc[1, "category"] = "beauty"
    return table


def without_pins(table: Frame) -> Frame:
    first = (table["session_id"] == "s02") & (table["type"] == "product_pin")
    return table[~first].reset_index(drop=True)


def without_cart(table: Frame) -> Frame:
    return table[table["type"] != "add_to_cart"].reset_index(drop=True)


def skewed(table: Frame) -> Frame:
    table.loc[table["session_id"] == "s06", "at"] += timedelta(seconds=1.8)
    return table


def twice(table: Frame) -> Frame:
    return pd.concat([table, table.iloc[[3]]])


def fast(table: Frame) -> Frame:
    table["time_s"] /= 3
    return table


def to_the_minute(table: Frame) -> Frame:
    return table[~table["time_s"].between(60, 63)]


def filled(table: Frame) -> Frame:
    lost = table["valid"] == 0
    table.loc[lost, "au12_intensity_left"] = 0.0
    return table


BREAKS = [
    Break("no table", lambda f: (f / "rooms.parquet").unlink(), "missing-table", "rooms.parquet", "", ""),
    Break("truncated", lambda f: truncate(f / "events.parquet"), "unreadable", "events.parquet", "", ""),
    Break("damaged", lambda f: damage(f / "chat.parquet"), "unreadable", "chat.parquet", "", ""),
    Break("other file", add_a_copy, "unknown-file", ".", "", "chats.parquet", "warning"),
    Break("left-over", lambda f: (f / ".chat.parquet.1.part").write_text(""), "left-over", ".", "",
          r"\.chat", "warning"),
    of_table("no column", "products", lambda t: t.drop(columns="price"), "missing-column", "price", ""),
    of_table("misspelt", "hosts", lambda t: t.rename(columns={"host_id": "hostid"}), "missing-column",
             "host_id", ""),
    of_table("ids as numbers", "products", lambda t: t.assign(product_id=range(6)), "wrong-type",
             "product_id", ""),
    of_table("no zone", "rooms", lambda t: t.assign(started_at=t["started_at"].dt.tz_localize(None)),
             "wrong-type", "started_at", ""),
    of_table("text time", "events", lambda t: t.assign(time_s=t["time_s"].astype(str)), "wrong-type",
             "time_s", ""),
    of_table("null", "events", put("time_s", 3, None), "empty", "time_s", "row 3"),
    of_table("blank id", "products", put("product_id", 5, " "), "empty", "product_id", "row 5"),
    of_table("negative time", "events", put("time_s", 4, -2.0), "out-of-range", "time_s", "row 4: -2"),
    of_table("infinite", "products", put("price", 2, float("inf")), "infinite", "price", "row 2"),
    of_table("bad propensity", "exposures", put("propensity", 1, 1.5), "out-of-range", "propensity",
             "row 1: 1.5"),
    of_table("unknown event", "events", put("type", 5, "addtocart"), "not-allowed", "type",
             "row 5: addtocart"),
    of_table("duplicate id", "sessions", put("session_id", 4, "s04"), "duplicate", "session_id",
             "row 4: s04"),
    of_table("unknown product", "events", put("product_id", 6, "sku-9"), "dangling", "product_id",
             "row 6: sku-9"),
    of_table("unfit id", "rooms", put("room_id", 0, "a/b"), "unfit-id", "room_id", "row 0: a/b"),
    of_table("swapped ids", "sessions", swap("participant_id", "room_id"), "dangling", "participant_id",
             "row 0: r1"),
    of_table("swapped kinds", "events", swap("time_s", "type"), "wrong-type", "time_s", ""),
    of_table("no consent", "consents", drop_consent, "missing-consent", "participant_id", r"p2 \(1 sess",
             told_of="sessions"),
    of_table("face not agreed to", "consents", lambda t: t[t["purpose"] != "read_face"],
             "face-without-consent", "", "s01 of p1", told_of="signals"),
    of_table("withdrawn", "consents", withdraw, "withdrawn-consent", "participant_id", r"p3 \(2 sess",
             told_of="sessions"),
    of_table("withdrawn early", "consents", withdrawn_early, "withdrawn-before-granted", "withdrawn_at",
             "row 0"),
    of_table("consent too late", "consents", late, "late-consent", "started_at", "s08 of p5", "warning",
             told_of="sessions"),
    of_table("overlap", "sessions", overlapping, "overlap", "started_at", "s02 of p1"),
    of_table("outside room", "sessions", put("duration_s", 2, 2000.0), "outside-room", "started_at",
             "s03 in r1"),
    of_table("after end", "events", put("time_s", 11, 400.0), "after-end", "time_s", "row 11: s01 at 400"),
    of_table("two categories", "sessions", second_category, "several-categories", "category",
             "p1: beauty, fashion"),
    of_table("other category", "participants", put("category", 1, "beauty"), "other-category", "category",
             "s03: fashion, beauty", told_of="sessions"),
    of_table("no product", "events", put("product_id", 1, None), "no-product", "product_id",
             "row 1: product_pin"),
    of_table("no pin", "events", without_pins, "unpin-without-pin", "type", "row .*: s02"),
    of_table("no cart", "events", without_cart, "purchase-without-cart", "type", "row .*: s01", "warning"),
    of_table("log read twice", "events", twice, "duplicate-row", "", "row 102", "warning"),
    of_table("clock skew", "events", skewed, "clock-skew", "at", r"s06: \+1.80 s"),
    of_table("off scale", "surveys", put("answer", 7, 9), "off-scale", "answer", "row 7: 9"),
    of_table("bad scale", "surveys", swap("scale_low", "scale_high"), "bad-scale", "scale_low", "row 0"),
    Break("no signal", lambda f: (f / "signals/s02.parquet").unlink(), "no-signal", "signals", "", "s02",
          "warning"),
    Break("stray signal", lambda f: (f / "signals/s03.parquet").rename(f / "signals/s33.parquet"),
          "stray-signal", "signals", "", "s33"),
    Break("truncated signal", lambda f: truncate(f / "signals/s03.parquet"), "unreadable", "signals", "",
          "s03"),
    Break("damaged signal", lambda f: damage(f / "signals/s03.parquet"), "unreadable", "signals", "", "s03"),
    of_signal("no channel", lambda t: t.drop(columns="au04_energy_left"), "missing-channels",
              "au04_energy_left", "s03"),
    of_signal("text channel", lambda t: t.assign(yaw="left"), "wrong-type", "yaw", "s03"),
    of_signal("time back", put("time_s", 20, 1.0), "time-not-increasing", "time_s", r"s03 row 20 \(1.0 s\)"),
    of_signal("too fast", fast, "wrong-rate", "", "s03 rows 0.0333"),
    of_signal("too long", lambda t: t.assign(time_s=t["time_s"] + 30), "outside-session", "time_s", "s03"),
    of_signal("gap", to_the_minute, "signal-gaps", "", "s03 59.9 to 63.1 s", "warning"),
    of_signal("valid half", put("valid", 30, 0.5), "valid-not-0-or-1", "valid", "s03 row 30"),
    of_signal("nan face", put("yaw", 10, None), "nan-where-read", "yaw", "s03 row 10"),
    of_signal("nan unit", put("au01_intensity_left", 10, None), "nan-where-read", "au01_intensity_left",
              "s03 row 10"),
    of_signal("value where unread", filled, "value-where-unread", "au12_intensity_left", "s03 row 0"),
    of_signal("value where hidden", put("au06_confidence", 12, 0.0), "value-where-hidden",
              "au06_intensity_left", "s03 row 12"),
    of_signal("infinite signal", put("pitch", 40, float("inf")), "infinite", "pitch", "s03 row 40"),
    of_signal("degrees", lambda t: t.assign(yaw=t["yaw"] * 57.3), "implausible", "yaw", "s03 row"),
    of_signal("swapped channels", swap("brightness", "au01_velocity_left"), "implausible", "brightness",
              "s03 row"),
]  # fmt: skip
