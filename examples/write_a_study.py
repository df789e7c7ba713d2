"""Write a small made-up study with pandas alone, as docs/study-format.md describes it.

    python examples/write_a_study.py my-study
    telltale study check my-study

Six people watch three broadcasts, ten visits in all. Replace each function's numbers with your own and
you have your study. Nothing here imports telltale: the page is the contract.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

rng = np.random.default_rng(2026)

MANIFEST = """\
format = "telltale-study"
version = 1
name = "Six people, three broadcasts"
"""
UNITS = [1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45]
SIDES = ["left", "right"]
EVENING = pd.Timestamp("2026-03-01 20:00:00.000", tz="UTC")
ROOM_S = 900.0
CATEGORIES = {
    "p1": "fashion",
    "p2": "fashion",
    "p3": "electronics",
    "p4": "electronics",
    "p5": "beauty",
    "p6": "beauty",
}
ROOM_OF = {"fashion": "r1", "electronics": "r2", "beauty": "r3"}
VISITS = {"p1": [30, 400], "p2": [45.25], "p3": [20, 380], "p4": [60, 450], "p5": [15], "p6": [90, 500]}
"""When each person came in, in seconds since the broadcast began."""
BUYERS = {"s01", "s03", "s05", "s08"}


def seconds(number):
    """Seconds as a length of time, to the millisecond."""
    return pd.to_timedelta(np.round(np.asarray(number, dtype=float) * 1000), unit="ms")


def people():
    return pd.DataFrame(
        {
            "participant_id": list(CATEGORIES),
            "category": list(CATEGORIES.values()),
            "gender": ["woman", "man", "woman", "man", None, "woman"],
            "age_band": ["18-29", "30-44", "18-29", "45-59", "30-44", "18-29"],
        }
    )


def consents():
    """One row for each purpose each person agreed to, two days before the broadcasts."""
    table = pd.DataFrame(
        {
            "participant_id": np.repeat(list(CATEGORIES), 2),
            "purpose": ["read_face", "research"] * len(CATEGORIES),
        }
    )
    table["granted_at"] = EVENING - pd.Timedelta(days=2)
    table["withdrawn_at"] = pd.Series(pd.NaT, index=table.index, dtype="datetime64[ms, UTC]")
    table["text_version"] = "2026-02"
    return table


def hosts():
    return pd.DataFrame({"host_id": ["h1", "h2"], "gender": ["woman", "man"]})


def products():
    categories = np.repeat(["fashion", "electronics", "beauty"], 2)
    return pd.DataFrame(
        {
            "product_id": [f"sku-{i}" for i in range(1, 7)],
            "category": categories,
            "price": [199.0, 89.0, 1299.0, 349.0, 59.0, 128.0],
            "currency": "CNY",
        }
    )


def rooms():
    return pd.DataFrame(
        {
            "room_id": ["r1", "r2", "r3"],
            "host_id": ["h1", "h2", "h1"],
            "category": ["fashion", "electronics", "beauty"],
            "platform": "example-live",
            "started_at": EVENING + seconds([0, 0, 3600]),
            "duration_s": ROOM_S,
            "promotion": [True, False, False],
        }
    )


def sessions(rooms):
    visits = [(person, since_s) for person, starts in VISITS.items() for since_s in starts]
    table = pd.DataFrame(visits, columns=["participant_id", "since_room_s"])
    table.insert(0, "session_id", [f"s{i:02d}" for i in range(1, len(table) + 1)])
    table["category"] = table["participant_id"].map(CATEGORIES)
    table["room_id"] = table["category"].map(ROOM_OF)
    room_start = table["room_id"].map(rooms.set_index("room_id")["started_at"])
    table["started_at"] = room_start + seconds(table["since_room_s"])
    table["duration_s"] = np.round(rng.uniform(120, 240, len(table)), 3)
    table["device"] = "phone"
    # The camera of s04 ran 0.4 s ahead of the server: its signal's times are 0.4 s larger than the log's.
    table["clock_offset_s"] = np.where(table["session_id"] == "s04", 0.4, 0.0)
    return table.drop(columns="since_room_s")


def events(sessions, products):
    """What each viewer did: both products are shown in turn, buyers put the second one in the cart."""
    rows = []
    for visit in sessions.itertuples():
        on_show = products[products["category"] == visit.category]
        first, second = on_show["product_id"]
        price = on_show["price"].iloc[1]
        end = visit.duration_s

        def add(time_s, kind, product=None, value=None, session=visit.session_id):
            rows.append((session, round(float(time_s), 3), kind, product, value))

        add(0.0, "live_join")
        add(2.5, "product_pin", first)
        add(rng.uniform(5, 20), "view_item", first)
        add(rng.uniform(20, 50), "like")
        add(58.0, "product_unpin", first)
        add(60.0, "product_pin", second)
        add(rng.uniform(61, 70), "view_item", second)
        if visit.session_id in BUYERS:
            cart_s = rng.uniform(95, 105)
            add(cart_s, "add_to_cart", second, price)
            add(cart_s + 6.2, "begin_checkout", second, price)
            add(cart_s + 11.8, "purchase", second, price)
        add(end - 2.0, "product_unpin", second)
        add(end, "live_leave")
    table = pd.DataFrame(rows, columns=["session_id", "time_s", "type", "product_id", "value"])
    start = table["session_id"].map(sessions.set_index("session_id")["started_at"])
    table["at"] = start + seconds(table["time_s"])
    return table


def chat():
    return pd.DataFrame(
        {
            "room_id": ["r1", "r1", "r2", "r3", "r3"],
            "time_s": [41.02, 77.5, 33.333, 120.8, 121.4],
            "text": ["which sizes?", "love the blue one", "是正品吗", "怎么领券", "link please"],
            "participant_id": ["p1", None, "p4", "p6", None],
        }
    )


def surveys(sessions):
    buys = sessions["session_id"].isin(BUYERS)
    return pd.DataFrame(
        {
            "session_id": sessions["session_id"],
            "item": "purchase_intention",
            "answer": np.clip(np.where(buys, 5, 3) + rng.integers(-2, 3, len(sessions)), 1, 7),
            "scale_low": 1,
            "scale_high": 7,
        }
    )


def exposures(sessions):
    shown = rng.random(len(sessions)) < 0.5
    return pd.DataFrame(
        {
            "exposure_id": "x-" + sessions["session_id"],
            "session_id": sessions["session_id"],
            "time_s": 80.0,
            "strategy": "social_proof",
            "arm": np.where(shown, "treated", "control"),
            "propensity": 0.5,
        }
    )


def frames(duration_s, fps=30):
    """What a reader gives for each video frame: here a slow smile, a brief brow lowering, and noise."""
    time = np.arange(1, int(duration_s * fps) + 1) / fps
    table = {"time_s": time}
    for unit in UNITS:
        rest = 0.04 + 0.02 * np.sin(time / rng.uniform(5, 15))
        smile = 0.3 * np.exp(-((time - 75) ** 2) / 50) if unit in (6, 12) else 0.0
        brief = 0.5 * np.exp(-((time - 90) ** 2) / 0.005) if unit == 4 else 0.0
        for side in SIDES:
            intensity = np.clip(rest + smile + brief + rng.normal(0, 0.005, len(time)), 0, 1)
            table[f"au{unit:02d}_intensity_{side}"] = intensity
            table[f"au{unit:02d}_velocity_{side}"] = np.gradient(intensity, 1 / fps)
            table[f"au{unit:02d}_energy_{side}"] = np.abs(brief + rng.normal(0, 0.005, len(time)))
        table[f"au{unit:02d}_confidence"] = 0.9
    sway = {"yaw": 0.1, "pitch": 0.05, "roll": 0.02, "gaze_x": 0.1, "gaze_y": 0.03}
    table |= {name: size_rad * np.sin(time / 9) for name, size_rad in sway.items()}
    steady = {"face_size": 0.3, "brightness": 0.5, "noise": 0.02, "valid": 1.0}
    table |= {name: np.full(len(time), value) for name, value in steady.items()}
    return pd.DataFrame(table)


def pooled(frames):
    """Thirty frames a second to ten rows a second: the row at t pools the frames in (t - 0.1, t].

    Velocity keeps the fastest change with its sign, energy its maximum, confidence its minimum, the rest
    is averaged. Taking every third frame instead would lose what lasts a twentieth of a second.
    """
    tenth = np.ceil(np.round(frames["time_s"] * 10, 6)).astype(int)
    channels = frames.columns.drop("time_s")
    velocity = [name for name in channels if "_velocity_" in name]
    energy = [name for name in channels if "_energy_" in name]
    least = [name for name in channels if name.endswith("_confidence") or name == "valid"]
    averaged = channels.drop([*velocity, *energy, *least])
    rows = frames.groupby(tenth)
    highest, lowest = rows[velocity].max(), rows[velocity].min()
    peak = highest.where(highest >= -lowest, lowest)
    table = pd.concat([rows[list(averaged)].mean(), peak, rows[energy].max(), rows[least].min()], axis=1)
    table.insert(0, "time_s", table.index / 10)
    return table.reset_index(drop=True)


def signal(visit):
    """A visit's signal: where the face was lost every channel but `valid` is NaN, never a guess."""
    table = pooled(frames(visit.duration_s))
    channels = table.columns.drop(["time_s", "valid"])
    lost = table["time_s"].between(40, 43.5) | (table["time_s"] <= 0.5)
    table.loc[lost, channels] = np.nan
    table.loc[lost, "valid"] = 0.0
    # A hand before the mouth: that unit alone is unread, its confidence is 0 and its six values NaN.
    hidden = table["time_s"].between(50, 52)
    table.loc[hidden, [name for name in channels if name.startswith("au25_")]] = np.nan
    table.loc[hidden, "au25_confidence"] = 0.0
    table["time_s"] += visit.clock_offset_s
    return table.astype(dict.fromkeys([*channels, "valid"], "float32"))


def main(folder):
    (folder / "signals").mkdir(parents=True)
    (folder / "study.toml").write_text(MANIFEST, encoding="utf-8")
    broadcasts, shop = rooms(), products()
    visits = sessions(broadcasts)
    tables = {
        "participants": people(),
        "consents": consents(),
        "hosts": hosts(),
        "products": shop,
        "rooms": broadcasts,
        "sessions": visits,
        "events": events(visits, shop),
        "chat": chat(),
        "surveys": surveys(visits),
        "exposures": exposures(visits),
    }
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)
    for visit in visits.itertuples():
        signal(visit).to_parquet(folder / "signals" / f"{visit.session_id}.parquet", index=False)
    print(f"wrote {len(visits)} sessions to {folder}; try: telltale study check {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
