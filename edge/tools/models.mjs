// Writes models/: MediaPipe's networks from the user's cache folder as ONNX, and Telltale's own beside them.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const own = at("../../.venv/bin/python");
const python = process.env.PYTHON ?? (existsSync(own) ? own : "python3");
const write = "from telltale.weights.edge_models import write_edge_models as w; import sys, pathlib; w(pathlib.Path(sys.argv[1]))";
const { status } = spawnSync(python, ["-c", write, at("../models")], { stdio: "inherit" });
process.exit(status ?? 1);
