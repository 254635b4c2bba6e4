"""Write requirements.txt and requirements-dev.txt from pyproject.toml: hashes for every platform, no addresses."""

import subprocess
import sys

COMPILE = [
    *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes"),
    *("--no-emit-index-url", "--no-emit-find-links", "--no-annotate", "--no-header", "pyproject.toml"),
]

if __name__ == "__main__":
    subprocess.run([*COMPILE, "-o", "requirements.txt"], check=True)
    subprocess.run(
        [*COMPILE, "--group", "dev", "-c", "requirements.txt", "-o", "requirements-dev.txt"], check=True
    )
