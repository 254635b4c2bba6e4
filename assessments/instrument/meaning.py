"""Whether a framework of the right shape makes sense: codes, references, ladders, pairs."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from assessments.instrument.content import AUDIENCES, EVIDENCE_KINDS
from assessments.instrument.document import Document, Path, visible
from assessments.instrument.problems import Problem
from assessments.instrument.shape import problem

MIN_POINTS: Final = 2
MAX_POINTS: Final = 11
RESERVED_DIMENSION: Final = "ALL"  # the column over all dimensions of a lens in scores.csv
RESERVED_ITEMS: Final = ("unit", "audience")  # columns of responses.csv

Row = Mapping[str, Any]
Problems = Iterator[Problem]


def check(document: Document) -> list[Problem]:
    """Return everything in the document (its shape pruned) that contradicts itself; it may lack parts."""
    return [found for rule in _RULES for found in rule(document)]


def _rows(document: Document, name: str) -> Iterator[tuple[Path, Row]]:
    for number, row in enumerate(document.data.get(name, ())):
        yield (name, number), row


def _dimensions(document: Document) -> Iterator[tuple[Path, str | None, Row]]:
    for path, lens in _rows(document, "lenses"):
        for number, row in enumerate(lens.get("dimensions", ())):
            yield (*path, "dimensions", number), lens.get("code"), row


def _repeated(document: Document, rows: Iterable[tuple[Path, Row]], key: str = "code") -> Problems:
    """Yield a problem for every row whose value of the key an earlier row has."""
    first: dict[Any, int] = {}
    for path, row in rows:
        if (value := row.get(key)) in first:
            message = _("“%(code)s” is taken by line %(line)d already")
            yield problem(document, (*path, key), message % {"code": value, "line": first[value]})
        elif value is not None:
            first[value] = document.line(*path, key)


def _codes(document: Document) -> Problems:
    for name in ("lenses", "items", "key_components", "advice"):
        yield from _repeated(document, _rows(document, name))
    for path, lens in _rows(document, "lenses"):
        rows = enumerate(lens.get("dimensions", ()))
        yield from _repeated(document, (((*path, "dimensions", number), row) for number, row in rows))
    for path, _lens, row in _dimensions(document):
        if row.get("code") == RESERVED_DIMENSION:
            yield problem(document, (*path, "code"), _("ALL is the name of the total; choose another code"))
    for path, row in _rows(document, "items"):
        if row.get("code") in RESERVED_ITEMS:
            yield problem(
                document, (*path, "code"), _("this is a column of responses.csv; choose another code")
            )


def _scale(document: Document) -> Problems:
    scale = document.data.get("scale", {})
    least, most = scale.get("min"), scale.get("max")
    if least is None or most is None:
        return
    points = most - least + 1
    if not MIN_POINTS <= points <= MAX_POINTS:
        message = _("a scale has %(least)d to %(most)d points; this one would have %(points)d")
        numbers = {"least": MIN_POINTS, "most": MAX_POINTS, "points": points}
        yield problem(document, ("scale",), message % numbers)
        return
    for language, labels in scale.get("labels", {}).items():
        if len(labels) != points:
            message = _("%(labels)d labels for %(points)d points")
            numbers = {"labels": len(labels), "points": points}
            yield problem(document, ("scale", "labels", language), message % numbers)


def _levels(document: Document) -> Problems:
    reached = -1.0
    for number, (path, row) in enumerate(_rows(document, "levels"), start=1):
        if row.get("level", number) != number:
            yield problem(document, (*path, "level"), _("levels count 1, 2, 3…: expected %d") % number)
        lower = row.get("from")
        if lower is None:
            continue
        if number == 1 and lower != 0:
            yield problem(document, (*path, "from"), _("the first level begins at 0"))
        if lower <= reached:
            yield problem(document, (*path, "from"), _("each level begins above the one before"))
        reached = lower


def _weights(document: Document) -> Problems:
    weights = document.data.get("weights")
    if weights is not None and not sum(weights.values()) > 0:
        yield problem(document, ("weights",), _("at least one weight must be above 0"))
    for path, lens in _rows(document, "lenses"):
        rows = lens.get("dimensions", ())
        if rows and not sum(row.get("weight", 1) for row in rows) > 0:
            yield problem(document, (*path, "dimensions"), _("at least one weight must be above 0"))
        else:
            yield from _unweighted(document, path, lens)


def _unweighted(document: Document, path: Path, lens: Row) -> Problems:
    """Yield a problem for an audience whose items all count in dimensions that weigh nothing."""
    weights = {row.get("code"): row.get("weight", 1) for row in lens.get("dimensions", ())}
    for audience in AUDIENCES:
        items = [row for _path, row in _rows(document, "items") if row.get("audience") == audience]
        asked = {row.get("dimensions", {}).get(lens.get("code")) for row in items} & weights.keys()
        if asked and not sum(weights[code] for code in asked) > 0:
            message = _("every dimension with items of audience %s weighs 0")
            yield problem(document, (*path, "dimensions"), message % audience)


def _primary(document: Document) -> Problems:
    found = [path for path, lens in _rows(document, "lenses") if lens.get("primary")]
    if not found and "lenses" in document.data:
        yield problem(document, ("lenses",), _("one lens must be the primary one (primary: true)"))
    for path in found[1:]:
        yield problem(document, (*path, "primary"), _("only one lens can be the primary one"))


def _descriptors(document: Document) -> Problems:
    known = {str(row.get("level")) for _path, row in _rows(document, "levels")}
    for path, _lens, row in _dimensions(document):
        for level in row.get("descriptors", ()):
            if known and level not in known:
                yield problem(document, (*path, "descriptors", level), _("there is no level %s") % level)


def _references(document: Document) -> Problems:
    """Yield a problem for every lens or dimension that an item or a key component names and nobody defines."""
    known: dict[str | None, set[Any]] = {lens.get("code"): set() for _path, lens in _rows(document, "lenses")}
    for _path, code, row in _dimensions(document):
        known[code].add(row.get("code"))
    for path, row in (*_rows(document, "items"), *_rows(document, "key_components")):
        for lens, dimension in row.get("dimensions", {}).items():
            at = (*path, "dimensions", lens)
            if lens not in known:
                yield problem(document, at, _("there is no lens “%s”") % visible(lens))
            elif dimension not in known[lens]:
                numbers = {"dimension": dimension, "lens": lens}
                yield problem(
                    document, at, _("the lens “%(lens)s” has no dimension “%(dimension)s”") % numbers
                )


def _kinds(document: Document) -> Problems:
    for path, row in _rows(document, "items"):
        kind = row.get("kind", "rating")
        if kind == "rating" and not row.get("dimensions") and "code" in row:
            yield problem(document, path, _("a rating belongs to a dimension (or else is an outcome)"))
        if kind != "rating" and "dimensions" in row:
            yield problem(document, (*path, "dimensions"), _("an item of kind %s has no dimensions") % kind)
        if kind == "comment" and "reverse" in row:
            yield problem(document, (*path, "reverse"), _("an open question can't be reversed"))


def _asked(document: Document) -> Problems:
    rows = list(_rows(document, "items"))
    staff = [row for _path, row in rows if row.get("audience") == "staff" and row.get("kind") != "comment"]
    if rows and not staff:
        yield problem(document, ("items",), _("at least one statement for staff is needed"))
    for audience in AUDIENCES:
        asks = ((path, row) for path, row in rows if row.get("audience") == audience)
        questions = [path for path, row in asks if row.get("kind") == "comment"]
        for path in questions[1:]:
            yield problem(document, path, _("an audience has one open question at most"))


def _pairs(document: Document) -> Problems:
    items = {row["code"]: row for _path, row in _rows(document, "items") if "code" in row}
    for path, row in _rows(document, "items"):
        if "pair" in row and (message := _unpaired(row, items)):
            yield problem(document, (*path, "pair"), message)


def _unpaired(row: Row, items: Mapping[str, Row]) -> str | None:
    name: str = row["pair"]
    other = items.get(name)
    if other is None:
        return _("there is no item “%s”") % name
    if "audience" in row and other.get("audience") == row["audience"]:
        return _("a pair joins an item of staff and one of managers")
    if row.get("kind", "rating") != other.get("kind", "rating"):
        return _("both items of a pair are of one kind")
    if "code" in row and other.get("pair") != row["code"]:
        return _("“%(other)s” must name “%(code)s” as its pair") % {"other": name, "code": row["code"]}
    return None


def _covered(document: Document) -> Problems:
    """Yield a problem for every building block that nothing would ever give a score."""
    primary = {lens.get("code") for _path, lens in _rows(document, "lenses") if lens.get("primary")}
    components = [row for _path, row in _rows(document, "key_components")]
    evidence = [row for row in components if row.get("kind", "component") in EVIDENCE_KINDS]
    asked = [row for _path, row in _rows(document, "items")]
    used = {pair for row in (*asked, *evidence) for pair in row.get("dimensions", {}).items()}
    for path, lens, row in _dimensions(document):
        if lens in primary and "code" in row and (lens, row["code"]) not in used:
            yield problem(document, path, _("no item and no key component counts here"))


_RULES: Final[tuple[Callable[[Document], Problems], ...]] = (
    _codes,
    _scale,
    _levels,
    _weights,
    _primary,
    _descriptors,
    _references,
    _kinds,
    _asked,
    _pairs,
    _covered,
)
