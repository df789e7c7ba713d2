"""The smallest shop with Telltale on its page: one page, one product, one file of Python.

    telltale device public/telltale
    TELLTALE_SHOP_KEY=... python examples/shop/shop.py public

A shop of your own does the same three things: opens a session for whoever comes, writes its token into the
page, and serves the device's files from its own host. The key stays on the server.
"""

from __future__ import annotations

import os
import secrets
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from telltale.live.shop import Shop

PAGE = (Path(__file__).parent / "page.html").read_text(encoding="utf-8")


class Visit(SimpleHTTPRequestHandler):
    """`/` is the page; everything else lies in the folder."""

    shop: Shop

    def do_GET(self) -> None:
        if self.path != "/":
            super().do_GET()
            return
        # A pseudonym: no name, no address. A real shop keeps one for each of its viewers, so that caps hold
        # from visit to visit and what was agreed to is known.
        viewer = f"v-{secrets.token_hex(4)}"
        token = self.shop.open_session(viewer, room="kettles", place="DE", device="desktop")
        page = PAGE.replace("SERVICE", self.shop.url).replace("TOKEN", token).encode()
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)


def main(folder: str, port: int = 8000) -> None:
    """Serve until Ctrl-C."""
    Visit.shop = Shop(
        os.environ.get("TELLTALE_URL", "http://127.0.0.1:8765"), os.environ["TELLTALE_SHOP_KEY"]
    )
    with ThreadingHTTPServer(("127.0.0.1", port), partial(Visit, directory=folder)) as server:
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
