"""Every statistic in two sentences: the one place of these texts.

They stand where the figure stands; docs/scoring.md has the same sentences with source and worked example (a test
compares them).
"""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Explanation:
    """name: of the statistic. what: what it is. how: how to read it."""

    name: Promise | str
    what: Promise | str
    how: Promise | str

    @property
    def sentences(self) -> str:
        """Both sentences."""
        return f"{self.what} {self.how}"


EXPLANATIONS: Final[dict[str, Explanation]] = {
    "score": Explanation(
        _("Score"),
        _(
            "A person's score in a block is the mean of their answers, and the score of a unit is the mean of its "
            "people, from 0 (all answers at the unfavourable end) to 100."
        ),
        _(
            "A person counts who answered at least half of the block's statements; an answer that is missing is left "
            "out and never counts as 0."
        ),
    ),
    "interval": Explanation(
        _("95% interval"),
        _(
            "The interval tells where the score would lie, with 95% confidence, if everybody who was asked had "
            "answered in the manner of those who did."
        ),
        _(
            "It is narrower the more people answered and the more alike they are; where everybody asked has answered, "
            "nothing is left to chance."
        ),
    ),
    "level": Explanation(
        _("Level"),
        _("The level is the highest one whose lower bound the unrounded score reaches."),
        _(
            "The level of the organisation is the highest that every building block reaches, so that one weak block "
            "holds it back whatever the mean is."
        ),
    ),
    "evidence": Explanation(
        _("Evidence"),
        _(
            "Each key component of the checklists counts from 0 (not in place) in steps of 25 to 100 (in place and "
            "improving), and evidence is the mean over the unit and the units below it."
        ),
        _(
            "It rests on what can be shown and not on opinion; entries that do not apply or are missing are left out."
        ),
    ),
    "composite": Explanation(
        _("Composite"),
        _(
            "The composite is the mean of the scores of staff, managers and evidence, weighted as the framework says."
        ),
        _(
            "A part that is missing gives its weight to the others, and where staff and managers may not be told apart "
            "all answers together take the weights of both."
        ),
    ),
    "change": Explanation(
        _("Change or gap"),
        _(
            "A difference between two scores exceeds noise when its 95% interval, made of the errors of both, leaves "
            "out 0."
        ),
        _("Any other difference is grey and says “no clear difference”: chance alone could have made it."),
    ),
    "alpha": Explanation(
        _("Alpha"),
        _(
            "Alpha tells how far a block's statements go together from person to person, so that one score can stand "
            "for them."
        ),
        _(
            "From about 0.7 the statements measure one thing; a low value says that they should be read one by one."
        ),
    ),
    "rwg": Explanation(
        _("Agreement r_wg(j)"),
        _(
            "r_wg(j) compares how far people differ with how far answers at random would: 1 is full agreement, "
            "0 is none."
        ),
        _("It rises with the number of statements, so it is read beside r*_wg(j) and AD."),
    ),
    "rwg_star": Explanation(
        _("Agreement r*_wg(j)"),
        _(
            "r*_wg(j) is the part of the disagreement of random answers that is not there, whatever the number of "
            "statements."
        ),
        _("Below 0 people differ more than at random: as a rule there are two camps."),
    ),
    "ad": Explanation(
        _("Average deviation (AD)"),
        _(
            "AD tells how many points of the scale answers lie from their mean, averaged over the block's statements."
        ),
        _(
            "At or below the chance limit people agree more than so many people who answer at random would in 95 of "
            "100 cases."
        ),
    ),
    "icc": Explanation(
        _("Differences between units, ICC"),
        _(
            "ICC(1) is the part of all differences between people that lies between units, and ICC(2) tells how "
            "reliable the means of units are."
        ),
        _("Units are ranked only where ICC(2) is 0.70 or more; else differences are within noise."),
    ),
    "drivers": Explanation(
        _("Drivers"),
        _(
            "A block's share is its part of what all blocks together explain of the outcome statements, averaged over "
            "every order in which the blocks can be looked at."
        ),
        _(
            "These are associations, not causes: a block that goes with a good outcome need not bring it about."
        ),
    ),
    "nonresponse": Explanation(
        _("Bound of non-response"),
        _(
            "Where fewer than 60% of those asked answered, the bound tells how far the score could be off at most "
            "because of the others."
        ),
        _(
            "Its lower end takes the worst possible answers for everybody who did not answer, its upper end the best."
        ),
    ),
    "careless": Explanation(
        _("Careless answers"),
        _(
            "The screen counts people who chose one and the same option for at least half of the questionnaire "
            "in a row."
        ),
        _(
            "Some of them may mean it, so they stay in every score; beside these stand the scores without them."
        ),
    ),
    "shrunken": Explanation(
        _("Shrunken score"),
        _(
            "A unit's shrunken score is drawn from its own score towards the mean of the units, the further the less "
            "certain it is and the less the units differ."
        ),
        _(
            "It is the better guess of where a unit stands, and keeps small units from seeming best or worst by chance."
        ),
    ),
    "distribution": Explanation(
        _("Distribution of a statement"),
        _(
            "The distribution tells how many people chose each option, of those who count in the statement's block."
        ),
        _(
            "It is shown only where those who left the statement out are nobody, or too many for anyone to be "
            "found out."
        ),
    ),
}
