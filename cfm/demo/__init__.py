"""A made-up organisation to click through: Larkfield Energy, which keeps the lights on for a small region.

Names, people and answers are invented. `people` makes the staff list, `answers` is the random model of what they
say, `build` puts both through the same services that a real organisation uses.
"""
