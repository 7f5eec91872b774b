"""with_server.py IDENTITY COMMAND...: runs the command with the URL of a fresh tarn as its last argument."""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from tarn_server import Server  # noqa: E402

with Server("--identity", sys.argv[1]) as server:
    sys.exit(subprocess.run([*sys.argv[2:], server.url], timeout=120).returncode)
