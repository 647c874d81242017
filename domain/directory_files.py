"""A directory as files: TOML, or one CSV for each kind of rows as Excel writes it."""

import csv
import io
import json
import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from domain.directory import (
    EMPTY,
    HEAD,
    ROLES,
    AgencyRow,
    CompetenceRow,
    Directory,
    DirectoryError,
    OfficerRow,
    ReceptionRow,
    Row,
    bodies,
    is_local,
    own_rows,
    packaged,
)
from domain.rulesets import Ruleset

ROWS: Mapping[str, type[Row]] = {
    "agencies": AgencyRow,
    "competences": CompetenceRow,
    "officers": OfficerRow,
    "receptions": ReceptionRow,
}
#: The column by which a CSV is known.
_KNOWN_BY = {"id": "agencies", "topic": "competences", "agency": "officers", "place": "receptions"}
_ID = re.compile(r"[A-Z][A-Z0-9-]{1,31}")
_PHONE = re.compile(r"[\d+][\d .()-]{2,23}")
_CODE = re.compile(r"\d{4,5}")
_RANGE = re.compile(r"(\d{4,5})\s*-\s*(\d{4,5})")
_YES, _NO = ("yes", "true", "1", "x"), ("", "no", "false", "0")
#: Names longer than this don't fit a button or a list.
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class _Found:
    """A row as it stands in a file."""

    kind: str
    where: str
    cells: Mapping[str, str]


# Reading.


def parse(files: Mapping[str, bytes], rules: Ruleset, before: Directory = EMPTY) -> Directory:
    """Read files, by name, into a province's own directory; ``rules`` are the packaged ones.

    What the files bring replaces all rows of its kind that were in force ``before``; other kinds stay.
    Raises DirectoryError with a line for each row that can't be read.
    """
    found: dict[str, list[_Found]] = {}
    sources: dict[str, str] = {}
    faults: list[str] = []
    for name, content in files.items():
        try:
            read = _csv_rows if name.lower().endswith(".csv") else _toml_rows
            for kind, rows in read(name, _text(name, content)).items():
                found.setdefault(kind, []).extend(rows)
                sources[kind] = name
        except DirectoryError as error:
            faults += error.faults
    kinds: dict[str, tuple[Row, ...]] = {}
    for kind, rows in found.items():
        kinds[kind] = _distinct(_values(rows, rules, faults), faults)
    if not faults and "agencies" in kinds:
        kept = {row.key for row in (*kinds["agencies"], *packaged(rules).agencies)}
        faults += [
            f"{sources['agencies']}: {row.title} ({row.name}) is in force and has no row; "
            "keep its row, and where it is dissolved name its heir"
            for row in before.agencies
            if row.key not in kept
        ]
    if faults:
        raise DirectoryError(*faults)
    return own_rows(Directory(**{**dict(before.kinds()), **kinds}), rules)  # type: ignore[arg-type] # each its own rows


def _text(name: str, content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DirectoryError(
            f'{name}, line {line}: this is no UTF-8; in Excel choose "CSV UTF-8 (Comma delimited)" when saving'
        ) from error
    text = unicodedata.normalize("NFC", text)
    return "".join(letter for letter in text if unicodedata.category(letter) != "Cc" or letter in "\r\n\t")


def _csv_rows(name: str, text: str) -> dict[str, list[_Found]]:
    header = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(";,\t", key=header.count), strict=True)
    rows: list[_Found] = []
    try:
        columns = [cell.strip().lower() for cell in next(reader, [])]
        while columns and not columns[-1]:
            columns.pop()
        kind = next((kind for column, kind in _KNOWN_BY.items() if column in columns), None)
        if kind is None:
            raise DirectoryError(
                f"{name}, line 1: the first line must name the columns, one of them id (agencies), topic "
                "(competences), agency (officers) or place (receptions)"
            )
        _check_columns(f"{name}, line 1", kind, columns)
        line = reader.line_num + 1
        for row in reader:
            where, line = f"{name}, line {line}", reader.line_num + 1
            cells = [" ".join(cell.split()) for cell in row]
            if any(cells[len(columns) :]):
                raise DirectoryError(
                    f'{where}, column {len(columns) + 1}: more cells than columns; put a cell with a comma into "…"'
                )
            if any(cells):
                rows.append(_Found(kind, where, dict(zip(columns, cells, strict=False))))
    except csv.Error as error:
        raise DirectoryError(f'{name}, line {reader.line_num}: a quote (") is not closed ({error})') from error
    return {kind: rows}


def _toml_rows(name: str, text: str) -> dict[str, list[_Found]]:
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:  # it names line and column
        raise DirectoryError(f"{name}: this is no TOML: {error}") from error
    lines = text.split("\n")
    found: dict[str, list[_Found]] = {}
    for kind, rows in tables.items():
        heads = [number for number, line in enumerate(lines, 1) if re.match(rf"\s*\[*{re.escape(kind)}\b", line)]
        if kind not in ROWS or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            at = heads[0] if heads else 1
            raise DirectoryError(f"{name}, line {at}: {kind} is not one of [[{']], [['.join(ROWS)}]]")
        found[kind] = []
        for number, row in enumerate(rows):
            where = f"{name}, line {heads[min(number, len(heads) - 1)] if heads else 1}"
            _check_columns(where, kind, list(row))
            found[kind].append(_Found(kind, where, {column: _toml_cell(value) for column, value in row.items()}))
    return found


def _toml_cell(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_toml_cell(one) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(str(value).split())


def _check_columns(where: str, kind: str, columns: list[str]) -> None:
    known = [one.name for one in fields(ROWS[kind]) if one.name != "where"]
    for column in columns:
        if column not in known or columns.count(column) > 1:
            raise DirectoryError(
                f"{where}, column {column or '(no name)'}: the columns of {kind} are {', '.join(known)}, each once"
            )


# Cells to values.


def _values(rows: list[_Found], rules: Ruleset, faults: list[str]) -> Iterator[Row]:
    for row in rows:
        try:
            yield from _row(row, rules)
        except DirectoryError as error:
            faults += error.faults


def _row(found: _Found, rules: Ruleset) -> Iterator[Row]:
    """Return the row; one for each commune where it names several and its kind has a row for each."""
    row = ROWS[found.kind]
    values: dict[str, Any] = {}
    faults = [
        f"{found.where}, column {column}: it is empty; every row of {found.kind} needs one"
        for column in row.REQUIRED
        if not found.cells.get(column)
    ]
    read = _READ
    if found.cells.get("role", "").lower() == HEAD:
        read = {**_READ, "agency": _commune}
    for column, cell in found.cells.items():
        try:
            values[column] = read.get(column, _as_it_is)(cell, rules)
        except ValueError as error:
            faults.append(f"{found.where}, column {column}: {error}")
    if faults:
        raise DirectoryError(*faults)
    if found.kind == "agencies":
        body = values["body"]
        if is_local(body) and not values.get("communes"):
            raise DirectoryError(f"{found.where}, column communes: {body} is a body of communes; name those it serves")
        values["basis"] = values.get("basis") or bodies()[body]
    for commune in values.pop("commune", ()) or ("",):
        one = {"commune": commune} if "commune" in row.KEY else {}
        yield row(where=found.where, **values, **one)


def _as_it_is(cell: str, _rules: Ruleset) -> str:
    return cell


def _id(cell: str, _rules: Ruleset) -> str:
    if cell and not _ID.fullmatch(cell.upper()):
        raise ValueError(f"{cell!r} is no id: at most 32 letters without diacritics, digits and -, such as KT-05953")
    return cell.upper()


def _ids(cell: str, rules: Ruleset) -> tuple[str, ...]:
    return tuple(_id(one, rules) for one in _listed(cell))


def _body(cell: str, _rules: Ruleset) -> str:
    if cell and cell.upper() not in bodies():
        raise ValueError(f"there is no body {cell}; it is one of {', '.join(bodies())}")
    return cell.upper()


def _name(cell: str, _rules: Ruleset) -> str:
    if len(cell) > _LONGEST_NAME:
        raise ValueError(f"it is longer than {_LONGEST_NAME} letters")
    return cell


def _role(cell: str, _rules: Ruleset) -> str:
    if cell and cell.lower() not in ROLES:
        raise ValueError(f"{cell!r} is no role; it is one of {', '.join(ROLES)}")
    return cell.lower() or ROLES[0]


def _phone(cell: str, _rules: Ruleset) -> str:
    if cell and not _PHONE.fullmatch(cell):
        raise ValueError(f"{cell!r} is no number one can call")
    return cell


def _yes(cell: str, _rules: Ruleset) -> bool:
    if cell.lower() not in (*_YES, *_NO):
        raise ValueError(f"{cell!r} is neither yes nor no")
    return cell.lower() in _YES


def _communes(cell: str, rules: Ruleset) -> tuple[str, ...]:
    """Read codes, names ("xã Kha Sơn") and ranges of codes; Excel takes the first 0 of a code away."""
    named = {area.full_name.lower(): code for code, area in rules.communes.items()}
    found: list[str] = []
    for part in _listed(cell):
        if between := _RANGE.fullmatch(part):
            first, last = (code.zfill(5) for code in between.groups())
            inside = [code for code in rules.communes if first <= code <= last]
            if not inside:
                raise ValueError(f"no commune of {rules.province} has a code in {part}")
            found += inside
            continue
        code = part.zfill(5) if _CODE.fullmatch(part) else named.get(part.lower(), "")
        if code not in rules.communes:
            known, area = next(iter(rules.communes.items()))
            raise ValueError(f"there is no commune {part} in {rules.province}; write as {known} or as {area.full_name}")
        found.append(code)
    return tuple(dict.fromkeys(found))


def _commune(cell: str, rules: Ruleset) -> str:
    found = _communes(cell, rules)
    if len(found) != 1:
        raise ValueError(f"a village head belongs to one commune; this names {len(found)}")
    return found[0]


def _listed(cell: str) -> list[str]:
    return [part.strip() for part in re.split(r"[,;|]", cell) if part.strip()]


_READ: Mapping[str, Callable[[str, Ruleset], Any]] = {
    "id": _id, "name": _name, "body": _body, "communes": _communes, "commune": _communes, "hotline": _phone,
    "heir": _id, "verify": _yes, "lead": _id, "watch": _ids, "agency": _id, "role": _role,
}  # fmt: skip


def _distinct(rows: Iterable[Row], faults: list[str]) -> tuple[Row, ...]:
    first: dict[tuple[str, ...], Row] = {}
    for row in rows:
        other = first.setdefault(row.key, row)
        if other is not row:
            faults += [f"{row.at(row.KEY[0])}: {row.title} stands in {other.where} already; take one of them out"]
    return tuple(first.values())


# Writing.


def to_toml(directory: Directory) -> str:
    """Return the directory as TOML that `parse` reads; a kind without rows stands there empty."""
    parts: list[str] = []
    for kind, rows in directory.kinds():
        if not rows:
            parts.insert(0, f"{kind} = []\n")
        for row in rows:
            lines = [f"{name} = {_toml(value)}" for name, value in _filled(row)]
            parts.append("\n".join([f"[[{kind}]]", *lines, ""]))
    return "\n".join(parts)


def _filled(row: Row) -> Iterator[tuple[str, object]]:
    for name, cell in row.cells().items():
        if cell:
            yield name, getattr(row, name)


def _toml(value: object) -> str:
    # JSON's strings, lists of strings and truth values are TOML's as well.
    return json.dumps(value, ensure_ascii=False)


def to_csv(directory: Directory) -> dict[str, str]:
    """Return the directory as CSV files by name, with ; between cells."""
    files: dict[str, str] = {}
    for kind, rows in directory.kinds():
        out = io.StringIO(newline="")
        columns = [one.name for one in fields(ROWS[kind]) if one.name != "where"]
        writer = csv.writer(out, delimiter=";")
        writer.writerow(columns)
        writer.writerows([row.cells()[column] for column in columns] for row in rows)
        files[f"{kind}.csv"] = out.getvalue()
    return files
