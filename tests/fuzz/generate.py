"""What is asked: addresses from the resolver, filled with known and hostile words; fields that pages really have."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import strategies as st

MARK = "<zz\"'x>"  # never stands in a page as it is
WORDS = (
    *(
        "ORG",
        "NORTH",
        "DEPOT",
        "SOUTH",
        "EMPTY",
        "P-NORTH",
        "P-staff",
        "P-hr",
        "public",
        "hidden",
        "closed",
        "running",
    ),
    *(
        "theirs",
        "sketch",
        "GORG",
        "GN",
        "GP",
        "F1",
        "PN",
        "C-NORTH",
        "KC01",
        "B1",
        "blocks",
        "all",
        "staff",
        "manager",
    ),
    *(
        "customers",
        "promises",
        "results",
        "channels",
        "satisfaction",
        "outputs",
        "indicators",
        "goals",
        "processes",
    ),
    *(
        "en",
        "fr",
        "csv",
        "1",
        "2",
        "0",
        "2026-01-31",
        "2025-01-01",
        "on",
        "planned",
        "approve",
        "S01",
        "C1",
        "P1",
    ),
)
HOSTILE = (
    MARK,
    *(
        "",
        " ",
        "-",
        "..",
        "../../etc/passwd",
        "%00",
        "%2e%2e%2f",
        "\\",
        "a/b",
        "?",
        "#",
        ";",
        "=cmd|' /C calc'!A0",
    ),
    *(
        "<img src=x onerror=alert(1)>",
        '"><script>alert(1)</script>',
        "{{ 7*7 }}",
        "${7*7}",
        "' OR 1=1 --",
        "\u202eabc",
    ),
    *(
        "😀",
        "\u0000",
        "\ud800".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
        "é" * 300,
        "A" * 5000,
    ),
    *("-1", "0x10", "1e309", "NaN", "Infinity", "9" * 30, "00001", "١٢٣", "1,5", "2026-02-30", "0000-00-00"),
    *(
        "9999-12-31",
        "10000-01-01",
        "2026-W05",
        "24:00",
        "true",
        "null",
        "[]",
        "{}",
        "None",
        "\r\nX-Header: y",
    ),
)
PARAMETERS = (
    *(
        "q",
        "page",
        "sort",
        "unit",
        "units",
        "cycle",
        "lens",
        "audience",
        "role",
        "active",
        "kind",
        "look",
        "internal",
    ),
    *(
        "language",
        "next",
        "bom",
        "anchor",
        "since",
        "until",
        "who",
        "area",
        "reason",
        "job_role",
        "competency",
        "depth",
    ),
    *(
        "smallest",
        "on",
        "year",
        "state",
        "with",
        "against",
        "norm",
        "owner",
        "due",
        "dimension",
        "item",
        "compare",
    ),
)
METHODS = ("get", "post", "get", "post", "head", "put", "delete", "patch", "options")
TYPES = (
    "application/json",
    "text/plain",
    "multipart/form-data",
    "application/x-www-form-urlencoded; charset=utf-7",
    "",
)
_PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")


@dataclass(frozen=True)
class Asked:
    """One request. body: fields, or bytes sent as `media`; file: the content of an upload."""

    name: str
    method: str
    path: str
    role: str
    query: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] | bytes = field(default_factory=dict)
    media: str = ""
    file: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        told = {"query": self.query, "body": self.body, "file": self.file, "headers": self.headers}
        return (
            f"{self.method.upper()} {self.path} as {self.role} { ({k: v for k, v in told.items() if v})!r}"[
                :1200
            ]
        )


def addresses() -> list[tuple[str, str]]:
    """Return (name, route) of every address, those of Django's admin included."""
    return [(name or route, route) for route, name in _walk(get_resolver())]


def _walk(resolver: URLResolver, above: str = "") -> Iterator[tuple[str, str | None]]:
    for found in resolver.url_patterns:
        path = above + str(found.pattern)
        if isinstance(found, URLPattern):
            yield path, found.name
        else:
            yield from _walk(found, path)


def _plain(route: str) -> str:
    """Make of a route that is a regular expression one with parameters."""
    route = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"<\1>", route)
    return route.replace("^", "").replace("$", "").replace("\\Z", "").replace("\\", "")


def values(words: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Words that are known, hostile ones, numbers, and any text."""
    text = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
    return st.one_of(
        st.sampled_from(words),
        st.sampled_from(words),
        st.sampled_from(HOSTILE),
        st.integers(-(10**20), 10**20).map(str),
        text,
    )


def requests(
    roles: list[str], words: tuple[str, ...], fields: dict[str, list[str]]
) -> st.SearchStrategy[Asked]:
    """Requests of any kind. words: ids of the world; fields: names of fields by name of the address."""
    known = tuple(dict.fromkeys((*WORDS, *words)))
    value = values(known)
    everywhere = sorted({name for names in fields.values() for name in names} | set(PARAMETERS))
    lists = st.one_of(value, value, value, st.lists(value, max_size=3))
    places = addresses()

    @st.composite
    def one(draw: Any) -> Asked:
        name, route = draw(st.sampled_from(places))
        path = _PARAMETER.sub(lambda _match: quote(draw(value), safe=""), _plain(route))
        method = draw(st.sampled_from(METHODS))
        own = st.sampled_from(fields.get(name) or everywhere)
        names = st.one_of(own, own, st.sampled_from(everywhere), value)
        pairs = st.dictionaries(names, lists, max_size=6)
        query = draw(st.one_of(st.just({}), pairs))
        body: dict[str, Any] | bytes = {}
        media, file = "", None
        if method in {"post", "put", "patch", "delete"}:
            kind = draw(st.integers(0, 9))
            if kind == 0:
                body, media = draw(st.binary(max_size=200)), draw(st.sampled_from(TYPES))
            else:
                body = draw(pairs)
                file = draw(files(value)) if kind == 1 and method == "post" else None
        headers = draw(st.dictionaries(st.sampled_from(HEADERS), header_values(), max_size=2))
        return Asked(
            name, method, f"/{path}", draw(st.sampled_from(roles)), query, body, media, file, headers
        )

    return one()


HEADERS = (
    "Accept-Language",
    "HX-Request",
    "HX-Target",
    "HX-Current-URL",
    "Referer",
    "Origin",
    "X-Forwarded-For",
)


def header_values() -> st.SearchStrategy[str]:
    """What a header may hold: WSGI servers hand over latin-1 without line ends."""
    text = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=30)
    return st.one_of(st.sampled_from(["true", "fr", "*;q=9", "http://evil.example/", "null", "::1, a"]), text)


def files(value: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
    """Uploads: files as we write them with cells exchanged, and any bytes."""
    heads = (
        "unit,name,parent",
        "person_id,email,name,unit,manager_id,job_role,roles,active,language",
        "customer,name,kind,internal,owner_unit,serving_unit,expectations",
        "goal,indicator,on,value,note",
        "process,audited_on,part,number,text,answer,wait_days,follow_up,owner,due,done",
        "cycle,unit,key_component,state,owner,due,evidence,note",
    )
    rows = st.lists(st.lists(value, max_size=9).map(",".join), max_size=4).map("\n".join)
    table = st.tuples(st.sampled_from(heads), rows).map("\n".join).map(lambda text: text.encode())
    return st.one_of(table, table, st.binary(max_size=200))
