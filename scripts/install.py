"""Make .venv and install a locked requirements file into it: `python3 scripts/install.py requirements.txt`.

Uses uv, installed into .venv, because it is about five times as quick as pip; falls back to pip.
"""

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


def main(requirements: str) -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - the message is for those who have an older one
        print(f"CFM needs Python 3.11 or newer; this is {sys.version.split()[0]}.", file=sys.stderr)
        return 1
    if not PYTHON.exists():
        venv.create(VENV, with_pip=True)
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    with_uv = subprocess.run([*pip, "uv>=0.5"], check=False).returncode == 0
    uv = [str(PYTHON), "-m", "uv", "pip", "install", "--quiet", "--python", str(PYTHON)]
    install = uv if with_uv else pip
    return subprocess.run(
        [*install, "--require-hashes", "-r", str(ROOT / requirements)], check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
