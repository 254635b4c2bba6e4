"""Everything that reads the code without running it: style, types, import contracts, templates, migrations, deploy."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

BIN = Path(sys.executable).parent
PRODUCTION = {
    "DJANGO_SECRET_KEY": "check-" + "0123456789abcdef" * 4,
    "PUBLIC_URL": "https://cfm.example",
    "DJANGO_ALLOWED_HOSTS": "cfm.example",
}
CHECKS: list[tuple[str, list[str]]] = [
    ("format", ["ruff", "format", "--check", "."]),
    ("lint", ["ruff", "check", "."]),
    ("types", ["mypy", "."]),
    ("imports", ["lint-imports"]),
    ("templates", ["djlint", "templates", "--lint", "--quiet"]),
    ("migrations", ["python", "manage.py", "makemigrations", "--check", "--dry-run"]),
    ("deploy", ["python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"]),
]


def main() -> int:
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | PRODUCTION | {"CFM_DATA_DIR": folder}
        for name, (program, *arguments) in CHECKS:
            print(f"== {name}", flush=True)
            if subprocess.run([BIN / program, *arguments], check=False, env=environment).returncode:
                failed.append(name)
    print(f"failed: {', '.join(failed)}" if failed else "all checks passed")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
