"""Writes which communes lie next to which: ``python -m bench.neighbours``; needed when the country is divided anew.

Of each commune the nearest five whose centres are within 15 km, by ``nlp/communes.tsv`` (vietnamadminunits
1.0.4, MIT). Centres are no borders: a long commune may touch one that is not among them.
"""

from domain.rulesets import RULES, provinces, read_rules
from nlp.communes import all_communes, apart
from nlp.reading import Commune

MOST, FARTHEST = 5, 15.0
_HEAD = """\
# The communes next to each: the nearest five whose centres are within 15 km, nearest first, and no others.
# Source: centres of nlp/communes.tsv (vietnamadminunits 1.0.4, MIT). Written by `python -m bench.neighbours`.

"""


def near(one: Commune, communes: list[Commune]) -> list[str]:
    """Return the codes of the communes next to one, nearest first."""
    away = sorted((apart(one, other), other.code) for other in communes if other.code != one.code)
    return [code for kilometres, code in away if kilometres <= FARTHEST][:MOST]


def main() -> None:
    """Write the file of each province."""
    known = {commune.code: commune for commune in all_communes()}
    for slug in provinces():
        communes = [known[code] for code, _, _ in read_rules(f"provinces/{slug}")["communes"]]
        lines = (f"{one.code} = {near(one, communes)}\n".replace("'", '"') for one in communes)
        path = RULES / "neighbours" / f"{slug}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(_HEAD + "".join(lines), encoding="utf-8")
        print(f"{path.name}: {len(communes)} communes")


if __name__ == "__main__":
    main()
