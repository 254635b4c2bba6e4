"""Compile locale/*/LC_MESSAGES/django.po, and name what pages and mails say that a language lacks.

Run: `python scripts/messages.py`. Needs no gettext. Write a translation into the .po file (a text is found by its
English words), run this, and commit both files. With `--missing [PATTERN ...]` it compiles nothing and lists what any
page lacks, file by file, as entries of a .po file to fill in.
"""

import ast
import os
import re
import struct
import sys
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
LOCALE: Final = ROOT / "locale"
# What is said on a shell, to those who run the server: it stays in English.
SHELL: Final = (
    "*/management/*",
    "cfm/operation/*",
    "cfm/serve.py",
    "cfm/settings.py",
    "cfm/lib/worker.py",
    "cfm/demo/*",
)

# A call that gettext would find, in what Django makes of a template; its texts may hold brackets.
_QUOTED: Final = r"""(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
CALL: Final = re.compile(rf"(?<!\w)(?:n?gettext|_)\((?:{_QUOTED}|[^()'\"])*\)", re.DOTALL)

Key = tuple[str, str]  # the text, and its plural or nothing
Catalogue = dict[Key, tuple[str, ...]]


def read(path: Path) -> Catalogue:
    """Return the translations of a .po file, those that are empty or marked as fuzzy left out."""
    found: Catalogue = {}
    for block in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")):
        fields = _fields(block)
        texts = tuple(text for name, text in fields.items() if name.startswith("msgstr"))
        if "msgid" in fields and "#, fuzzy" not in block and any(texts):
            found[fields["msgid"], fields.get("msgid_plural", "")] = texts
    return found


def _fields(block: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in block.splitlines():
        match = re.match(r'(?:(msg\w+(?:\[\d\])?)\s+)?(".*")\s*$', line)
        if match:
            name = match[1] or name
            fields[name] = fields.get(name, "") + ast.literal_eval(match[2])
    return fields


def compiled(catalogue: Catalogue) -> bytes:
    """Return the catalogue as a .mo file (GNU gettext manual, 10.3), the same bytes for the same texts."""
    rows = sorted(
        ("\0".join(filter(None, key)).encode(), "\0".join(texts).encode()) for key, texts in catalogue.items()
    )
    start = 28 + 16 * len(rows)
    keys, texts = (b"".join(row[side] + b"\0" for row in rows) for side in (0, 1))
    index = [b"", b""]
    at = [start, start + len(keys)]
    for row in rows:
        for side in (0, 1):
            index[side] += struct.pack("<II", len(row[side]), at[side])
            at[side] += len(row[side]) + 1
    head = struct.pack("<7I", 0x950412DE, 0, len(rows), 28, 28 + 8 * len(rows), 0, 28 + 16 * len(rows))
    return head + index[0] + index[1] + keys + texts


def said(name: str) -> Iterator[Key]:
    """Yield the texts that a file says. name: its path below the root of the repository."""
    text = (ROOT / name).read_text(encoding="utf-8")
    yield from _in_code(ast.parse(text)) if name.endswith(".py") else _in_template(text)


def _in_template(text: str) -> Iterator[Key]:
    from django.utils.translation.template import templatize

    for call in CALL.finditer(templatize(text)):
        yield from _in_code(ast.parse(call[0]))


def _in_code(tree: ast.AST) -> Iterator[Key]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {
            "_",
            "_lazy",
            "gettext",
            "gettext_lazy",
            "ngettext",
            "ngettext_lazy",
        }:
            texts = [one.value for one in node.args if isinstance(one, ast.Constant)]
            if texts and isinstance(texts[0], str):
                plural = texts[1] if len(texts) > 1 and node.func.id.startswith("n") else ""  # type: ignore[attr-defined]
                yield texts[0], str(plural)


def lacking(path: Path) -> list[str]:
    """Return the texts of pages and mails that the .po file does not translate."""
    known = {key[0] for key in read(path)}
    return sorted({key[0] for name in files() for key in said(name)} - known)


def files(patterns: Iterable[str] = ()) -> list[str]:
    """Return the files that speak to readers of pages and mails. patterns: only those that match one."""
    apps = ("cfm", "organisation", "assessments", "competencies", "improvement", "reports")
    paths = [*ROOT.glob("templates/**/*.html"), *ROOT.glob("templates/**/*.txt")]
    paths += [path for app in apps for path in ROOT.glob(f"{app}/**/*.py")]
    names = sorted(str(path.relative_to(ROOT)) for path in paths)
    wanted = tuple(patterns)
    return [
        name
        for name in names
        if not _is_shell(name) and (not wanted or any(fnmatch(name, one) for one in wanted))
    ]


def _is_shell(name: str) -> bool:
    return any(fnmatch(name, one) for one in SHELL)


def missing(path: Path, patterns: Iterable[str] = ()) -> Iterator[str]:
    """Yield what the .po file lacks as entries to fill in, each text once, below the file that says it first."""
    seen = set(read(path))
    for name in files(patterns):
        new = [key for key in dict.fromkeys(said(name)) if key not in seen]
        seen.update(new)
        if new:
            yield f"# {name}\n\n" + "\n\n".join(entry(key) for key in new)


def entry(key: Key, texts: Iterable[str] = ()) -> str:
    """Return an entry of a .po file. texts: its translations; empty ones without them."""
    text, plural = key
    flags = "python-format" if re.search(r"%[(%sd]", text) else "python-brace-format" if "{" in text else ""
    given = list(texts) or ([""] * (2 if plural else 1))
    lines = [f"#, {flags}"] if flags else []
    lines.append(f"msgid {_written(text)}")
    if plural:
        lines.append(f"msgid_plural {_written(plural)}")
        lines += [f"msgstr[{number}] {_written(one)}" for number, one in enumerate(given)]
    else:
        lines.append(f"msgstr {_written(given[0])}")
    return "\n".join(lines)


def _written(text: str) -> str:
    quoted = [
        '"' + line.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
        for line in text.splitlines(keepends=True)
    ]
    return "\n".join(['""', *quoted]) if len(quoted) > 1 else "".join(quoted) or '""'


def main() -> int:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cfm.settings")
    import django

    django.setup()
    if "--missing" in sys.argv:
        patterns = sys.argv[sys.argv.index("--missing") + 1 :]
        for path in sorted(LOCALE.glob("*/LC_MESSAGES/django.po")):
            print(*missing(path, patterns), sep="\n\n")
        return 0
    return compile_all()


def compile_all() -> int:
    """Compile every .po file and name what is lacking; return 1 where something is."""
    lacked = 0
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/django.po")):
        path.with_suffix(".mo").write_bytes(compiled(read(path)))
        for text in lacking(path):
            lacked += 1
            print(f"{path.relative_to(ROOT)}: no translation of {text!r}")
    return int(lacked > 0)


if __name__ == "__main__":
    sys.exit(main())
