"""The look of state bodies: Decree 30/2020/ND-CP, appendix I part I. Within a range, its own sample decides."""

from documents.look import Look

STATE = Look(
    # I.3: top and bottom 20-25, left 30-35, right 15-20 mm. The narrowest hold most text.
    top=20,
    bottom=20,
    left=30,
    right=15,
    # I.7: in the top margin.
    header=10,
    # II.1: 12-13 and 13-14, bold. V: 12 and 13, which leaves the names of offices on the left their line.
    motto=(12, 13),
    # II.2: both 12-13, the issuer bold; a rule of a third to a half of the line under it. V: 12.
    above=12,
    issuer=12,
    sign="",
    # II.3: 13.
    number=13,
    # II.4: 13-14 italic. V: 13.
    place=13,
    # III.2c, the frame for marks on a first page: 13-14 bold. V: 13.
    mark=13,
    # II.5: both 13-14 bold. V: 14.
    kind=14,
    about=14,
    # II.6e: 13-14; first line 10 or 12.7 mm; at least 6 pt between paragraphs; single to one and a half lines. V: 14.
    body=14,
    indent=12.7,
    gap=6,
    line=1.15,
    # II.9d: 12 bold italic, 11.
    recipients_label=12,
    recipients=11,
    # III.1b: 14 bold.
    annex=14,
    # I.7: 13-14. V: 14.
    page_number=14,
    cell=12,
    note=12,
)
