"""The contract's formulas once more, by loops over people and fractions, to compare scoring with.

Written from the contract alone, without a look at arrays: slow, plain, and sharing no code with scoring.
"""

from fractions import Fraction
from functools import cache, cached_property
from math import gamma, pi, sqrt

from tests.factories.scoring import OPTIONS, Case

PEOPLE = ("all", "staff", "manager")


@cache
def t_975(df):
    """The t below which 97.5 % lie, by bisection on Simpson's rule over the density."""
    constant = gamma((df + 1) / 2) / gamma(df / 2) / sqrt(df * pi)
    low, high = 0.0, 20.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        step = middle / 2000
        density = [constant * (1 + (i * step) ** 2 / df) ** (-(df + 1) / 2) for i in range(2001)]
        area = (density[0] + 4 * sum(density[1:-1:2]) + 2 * sum(density[2:-1:2]) + density[-1]) * step / 3
        low, high = (middle, high) if area < 0.475 else (low, middle)
    return low


def mean_of(values):
    return sum(values, Fraction(0)) / len(values)


def squares_of(values):
    middle = mean_of(values)
    return sum(((value - middle) ** 2 for value in values), Fraction(0))


def weighted(pairs):
    return sum(w * x for w, x in pairs) / sum(w for w, _ in pairs)


def remembered(method):
    """Keep what a method of the twin gave, per arguments."""

    def found(self, *key):
        if (method, key) not in self.memory:
            self.memory[method, key] = method(self, *key)
        return self.memory[method, key]

    return found


class Person:
    """One respondent: where they count, and with what mean."""

    def __init__(self, spec, response):
        self.spec, self.unit, self.audience = spec, response.unit, response.audience
        self.items = spec.items[response.audience]
        self.values = [self._value(i, c) for i, c in zip(self.items, response.codes, strict=True)]
        self.scores = self._dimensions()
        for lens in spec.lenses:
            self.scores[lens.code, "ALL"] = self._all(lens)

    def _value(self, item, code):
        if code in "0x":
            return {"0": None, "x": "NA"}[code]
        value = self.spec.minimum + OPTIONS.index(code)
        return self.spec.minimum + self.spec.maximum - value if item.reverse else value

    def inside(self, lens, dimension):
        return [i for i, item in enumerate(self.items) if item.dimensions.get(lens) == dimension]

    def _dimensions(self):
        primary = next(lens for lens in self.spec.lenses if lens.primary)
        self.blocks = {d.code: self._plain(self.inside(primary.code, d.code)) for d in primary.dimensions}
        found = {(primary.code, code): mean for code, mean in self.blocks.items()}
        for lens in self.spec.lenses:
            for d in () if lens.primary else lens.dimensions:
                found[lens.code, d.code] = self._filled(primary.code, self.inside(lens.code, d.code))
        return found

    def _plain(self, inside):
        left = [self.values[i] for i in inside if self.values[i] != "NA"]
        answered = [value for value in left if value is not None]
        return mean_of(answered) if answered and 2 * len(answered) >= len(left) else None

    def drawn(self, inside, primary):
        return {self.items[i].dimensions[primary] for i in inside if primary in self.items[i].dimensions}

    def _filled(self, primary, inside):
        if any(self.blocks[block] is None for block in self.drawn(inside, primary)):
            return None
        usable = []
        for i in inside:
            block = self.items[i].dimensions.get(primary)
            missing = self.values[i] in (None, "NA")
            if block is not None:
                usable.append(self.blocks[block] if missing else self.values[i])
            elif self.values[i] != "NA":
                usable.append(self.values[i])
        valued = [value for value in usable if value is not None]
        return mean_of(valued) if valued and 2 * len(valued) >= len(usable) else None

    def _all(self, lens):
        used = [d for d in lens.dimensions if self.inside(lens.code, d.code)]
        means = [(Fraction(str(d.weight)), self.scores[lens.code, d.code]) for d in used]
        return weighted(means) if means and all(mean is not None for _, mean in means) else None


class Twin:
    """Figures of a case: ``cell(unit, audience, column)`` gives a dictionary, None for what is empty."""

    def __init__(self, case: Case) -> None:
        self.case, self.spec, self.shown = case, case.spec, case.shown
        self.people = [Person(case.spec, response) for response in case.responses]
        self.columns = [(lens.code, d.code) for lens in self.spec.lenses for d in lens.dimensions]
        self.columns += [(lens.code, "ALL") for lens in self.spec.lenses]
        self.memory = {}

    @remembered
    def under(self, unit):
        return {u for u in range(len(self.case.parent)) if unit in self.path(u)}

    @remembered
    def path(self, unit):
        found = [unit]
        while self.case.parent[found[-1]] >= 0:
            found.append(self.case.parent[found[-1]])
        return found

    def asked(self, audience):
        return [a for a in self.spec.items if audience in ("all", a)]

    def has_items(self, audience, column):
        return any(i.dimensions.get(column[0]) == column[1] for i in self.spec.items.get(audience, ()))

    @remembered
    def counted(self, unit, audience, column):
        below = self.under(unit)
        asked = [p for p in self.people if p.unit in below and audience in ("all", p.audience)]
        return [(p, p.scores[column]) for p in asked if p.scores[column] is not None]

    @remembered
    def parts(self, audience, lens, dimensions=None):
        """(weight, column) of the dimensions in which the audience has items."""
        of_lens = next(found for found in self.spec.lenses if found.code == lens)
        return [
            (Fraction(str(d.weight)), (lens, d.code))
            for d in of_lens.dimensions
            if dimensions == "each" or any(self.has_items(a, (lens, d.code)) for a in self.asked(audience))
        ]

    @remembered
    def visible(self, unit, audience, column):
        if self.shown is None:
            return True
        mask = self.shown.all[unit, self.columns.index(column)]
        if audience != "all":
            mask &= self.shown.split[unit, self.columns.index(column)]
        if column[1] == "ALL":
            parts = self.parts(audience, column[0])
            return bool(mask and parts and all(self.visible(unit, audience, part) for _, part in parts))
        return bool(mask and self.counted(unit, audience, column))

    def known(self, unit, audience, column):
        if self.shown is None or column[1] != "ALL":
            return self.visible(unit, audience, column)
        enough = len(self.counted(unit, audience, column)) >= self.case.k
        return (
            enough
            and self.visible(unit, audience, column)
            and self.shown.spread[unit, self.columns.index(column)]
        )

    @remembered
    def mean(self, unit, audience, column):
        """(mean, band) as published."""
        if not self.visible(unit, audience, column):
            return None, 0
        exact, band = self._exact(unit, audience, column)
        n = len(self.counted(unit, audience, column))
        if band or exact is None or self.shown is None or n >= 10 or not self.known(unit, audience, column):
            return exact, band
        half = Fraction(1, 2)
        if exact <= self.spec.minimum + half:
            return self.spec.minimum + half, -1
        if exact >= self.spec.maximum - half:
            return self.spec.maximum - half, 1
        return exact, band

    def _exact(self, unit, audience, column):
        if column[1] != "ALL":
            scores = [score for _, score in self.counted(unit, audience, column)]
            return (mean_of(scores), 0) if scores else (None, 0)
        means = [(w, *self.mean(unit, audience, part)) for w, part in self.parts(audience, column[0])]
        if not means or any(mean is None for _, mean, _ in means):
            return None, 0
        bands = {band for _, _, band in means}
        return weighted([(w, mean) for w, mean, _ in means]), bands.pop() if len(bands) == 1 else 0

    def score(self, mean):
        return (
            None
            if mean is None
            else 100 * (mean - self.spec.minimum) / (self.spec.maximum - self.spec.minimum)
        )

    def level(self, score):
        reached = [
            i
            for i, low in enumerate(self.spec.levels, 1)
            if score is not None and score >= Fraction(str(low))
        ]
        return max(reached, default=None)

    def cell(self, unit, audience, column):
        if audience == "evidence":
            n, score = self.evidence(unit, column)
            return {"n": n, "score": score, "level": self.level(score), "suppressed": 0, "band": 0}
        if audience == "composite":
            score = self.composite(unit, column)
            suppressed = not self.visible(unit, "all", column)
            return {"score": score, "level": self.level(score), "suppressed": suppressed, "band": 0}
        if not self.visible(unit, audience, column):
            return {"suppressed": 1, "band": 0}
        return self.of_people(unit, audience, column)

    def of_people(self, unit, audience, column):
        mean, band = self.mean(unit, audience, column)
        score = self.score(mean)
        invited = sum(self.case.invited[a][u] for a in self.asked(audience) for u in self.under(unit))
        cell = {"invited": invited, "mean": mean, "score": score, "level": self.level(score), "band": band}
        cell |= {"suppressed": 0, **self.agreement(unit, audience, column)}
        if self.known(unit, audience, column):
            scores = [found for _, found in self.counted(unit, audience, column)]
            cell |= {"n": len(scores), **self.between(unit, audience, column)}
            if len(scores) > 1 and not band:
                cell |= self.spread(scores, invited, score)
        return cell

    def spread(self, scores, invited, score):
        n = len(scores)
        sd = sqrt(squares_of(scores) / (n - 1))
        part = 1 - n / invited if invited >= n else 1
        se = sd / sqrt(n) * sqrt(part)
        if score is None:
            return {"sd": sd, "se": se}
        reach = t_975(n - 1) * se * 100 / (self.spec.maximum - self.spec.minimum)
        return {"sd": sd, "se": se, "ci_low": max(0.0, score - reach), "ci_high": min(100.0, score + reach)}

    def agreement(self, unit, audience, column):
        asked = [a for a in self.asked(audience) if self.has_items(a, column)]
        alone = audience != "all" or sum(self.has_items(a, column) for a in self.spec.items) == 1
        if column[1] == "ALL" or len(asked) != 1 or not alone:
            return {}
        below = self.under(unit)
        rows = []
        for person in self.people:
            row = (
                [person.values[i] for i in person.inside(*column)] if person.audience == asked[0] else [None]
            )
            if person.unit in below and all(isinstance(value, int) for value in row):
                rows.append(row)
        if len(rows) < (3 if self.shown is None else self.case.k):
            return {}
        return {"alpha": alpha(rows), "rwg": rwg(rows, self.spec.maximum - self.spec.minimum + 1)}

    def between(self, unit, audience, column):
        groups = {}
        for person, score in self.counted(unit, audience, column):
            groups.setdefault(self.region(person.unit, column), []).append(score)
        groups.pop(None, None)
        return icc(list(groups.values()))

    @remembered
    def region(self, unit, column):
        c = self.columns.index(column)
        return next((u for u in self.path(unit) if self.shown is None or self.shown.all[u, c]), None)

    @remembered
    def evidence(self, unit, column):
        if column[1] == "ALL":
            parts = [(w, *self.evidence(unit, part)) for w, part in self.parts("all", column[0], "each")]
            whole = (
                None if any(n == 0 for _, n, _ in parts) else weighted([(w, score) for w, _, score in parts])
            )
            return sum(n for _, n, _ in parts), whole
        values = [
            Fraction(value)
            for u, value, columns in self.case.entries
            if u in self.under(unit) and self.columns.index(column) in columns
        ]
        return len(values), mean_of(values) if values else None

    @remembered
    def composite(self, unit, column):
        if not self.visible(unit, "all", column):
            return None
        if column[1] == "ALL":
            parts = [(w, self.composite(unit, part)) for w, part in self.parts("all", column[0], "each")]
            return None if any(score is None for _, score in parts) else weighted(parts)
        weights = {name: Fraction(str(weight)) for name, weight in self.spec.weights.items()}
        found = [(weights["evidence"], self.evidence(unit, column)[1])]
        if self.shown is None or self.shown.split[unit, self.columns.index(column)]:
            found += [(weights[a], self.score(self.mean(unit, a, column)[0])) for a in ("staff", "manager")]
        else:
            both = weights["staff"] + weights["manager"]
            found.append((both, self.score(self.mean(unit, "all", column)[0])))
        found = [(weight, score) for weight, score in found if score is not None]
        return weighted(found) if found else None

    @cached_property
    def rows(self):
        """Every cell of the case: (unit, audience, column) → figures."""
        audiences = (*PEOPLE, "evidence", "composite")
        units = range(len(self.case.parent))
        return {(u, a, c): self.cell(u, a, c) for u in units for a in audiences for c in self.columns}


def variance(values):
    return squares_of(values) / (len(values) - 1)


def alpha(rows):
    items = len(rows[0])
    columns = [[Fraction(row[i]) for row in rows] for i in range(items)]
    total = variance([Fraction(sum(row)) for row in rows])
    if items < 2 or total == 0:
        return None
    return Fraction(items, items - 1) * (1 - sum(variance(column) for column in columns) / total)


def rwg(rows, options):
    items = len(rows[0])
    mean = mean_of([variance([Fraction(row[i]) for row in rows]) for i in range(items)])
    share = min(mean / Fraction(options**2 - 1, 12), Fraction(1))
    return items * (1 - share) / (items * (1 - share) + share)


def icc(groups):
    everyone = [score for group in groups for score in group]
    if len(groups) < 2 or len(everyone) == len(groups):
        return {}
    middle = mean_of(everyone)
    msb = sum(len(group) * (mean_of(group) - middle) ** 2 for group in groups) / (len(groups) - 1)
    msw = sum(squares_of(group) for group in groups) / (len(everyone) - len(groups))
    lower = msb + (Fraction(len(everyone), len(groups)) - 1) * msw
    return {"icc1": (msb - msw) / lower if lower else None, "icc2": (msb - msw) / msb if msb else None}
