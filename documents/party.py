"""The look of Party bodies: Guidance 36-HD/VPTW of 3 April 2018. What it leaves open is as for state bodies."""

from dataclasses import replace

from documents.state import STATE

PARTY = replace(
    STATE,
    # Fixed, no ranges: 20, 20, 30, 15 mm.
    top=20,
    bottom=20,
    left=30,
    right=15,
    # One line, 15-16 bold, a rule as wide as it.
    motto=(15,),
    # 13-14, the issuer bold; a star under it in place of a rule.
    above=14,
    issuer=14,
    sign="*",
    # 13-14 italic.
    place=14,
    # 15-16 bold.
    kind=16,
)
