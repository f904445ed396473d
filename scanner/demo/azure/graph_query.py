"""The part of Resource Graph's query language that this server understands; anything else is InvalidQuery.

resources
| where <column> (== | =~ | != | !~) 'value'
| where <column> (in | in~ | !in | !in~) ('value', …)         joined by `and`, `or`, parentheses
| project <column>, …
| order by <column> [asc | desc], …                           also `sort by`
| summarize [name =] count() by <column>, …
| take n                                                      also `limit`
"""

import re
from collections.abc import Callable
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from scanner.demo.azure.arm_error import ArmError
from scanner.demo.azure.world import Json

COLUMNS = (
    "id",
    "name",
    "type",
    "tenantId",
    "kind",
    "location",
    "resourceGroup",
    "subscriptionId",
    "managedBy",
    "sku",
    "plan",
    "properties",
    "tags",
    "identity",
    "zones",
    "extendedLocation",
    "apiVersion",
)

DYNAMIC = frozenset(("sku", "plan", "properties", "tags", "identity", "zones", "extendedLocation"))
"""Columns that hold JSON."""

Test = Callable[[Json], bool]


class Rows(Struct, kw_only=True):
    """What is left of the table after a stage of the query."""

    columns: list[str]
    rows: list[Json]
    ordered: bool = False
    taken: bool = False
    """`take` was used: the answer can then not be paged."""


Stage = Callable[[Rows], Rows]

_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")|(?P<number>\d+)|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>!in~|!=|!~|==|=~|[|(),=~!]))"
)


def invalid_query(problem: str) -> ArmError:
    message = (
        "Query is invalid. Please refer to the documentation for the Azure Resource Graph service and fix the error"
    )
    details = [
        {"code": "InvalidQuery", "message": f"{message} before retrying."},
        {"code": "ParserFailure", "message": problem},
    ]
    return ArmError(400, "BadRequest", "Please provide below info when asking for support.", details=details)


def parse(text: str) -> list[Stage]:
    """The stages of a query over `resources`; ArmError when a word of it is not understood."""
    return _Parser(text).query()


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        position, text = 0, text.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise invalid_query(f"Unexpected character at {position + 1}: '{text[position]}'")
            position = match.end()
            self._tokens.append((str(match.lastgroup), match.group(str(match.lastgroup))))
        self._next = 0

    def query(self) -> list[Stage]:
        if self._word().lower() != "resources":
            raise invalid_query("The table is not 'resources'")
        stages: list[Stage] = []
        while self._next < len(self._tokens):
            self._expect("|")
            stages.append(self._stage())
        return stages

    def _stage(self) -> Stage:
        word = self._word()
        match word:
            case "where":
                return self._where()
            case "project":
                return self._project()
            case "order" | "sort":
                self._expect("by")
                return self._order()
            case "summarize":
                return self._summarize()
            case "take" | "limit":
                return self._take()
        raise invalid_query(f"The operator '{word}' is not supported")

    def _where(self) -> Stage:
        test, columns = self._either()

        def stage(rows: Rows) -> Rows:
            _resolve(columns, rows)
            return replace(rows, rows=[row for row in rows.rows if test(row)])

        return stage

    def _either(self) -> tuple[Test, list[str]]:
        test, columns = self._both()
        while self._at("or"):
            right, more = self._both()
            test, columns = _or(test, right), columns + more
        return test, columns

    def _both(self) -> tuple[Test, list[str]]:
        test, columns = self._comparison()
        while self._at("and"):
            right, more = self._comparison()
            test, columns = _and(test, right), columns + more
        return test, columns

    def _comparison(self) -> tuple[Test, list[str]]:
        if self._at("("):
            found = self._either()
            self._expect(")")
            return found
        column, negated = self._word(), False
        kind, sign = self._take_token()
        if sign == "!":
            kind, sign = self._take_token()
            negated = True
            if sign != "in":
                raise invalid_query(f"'!{sign}' is not an operator")
        if (kind == "word" and sign == "in") or sign == "!in~":
            loose = sign == "!in~" or self._at("~")
            negated = negated or sign == "!in~"
            return _compare(column, self._values(), loose=loose, negated=negated), [column]
        if sign not in ("==", "=~", "!=", "!~"):
            raise invalid_query(f"'{sign}' is not an operator")
        values = {self._string()}
        return _compare(column, values, loose="~" in sign, negated=sign.startswith("!")), [column]

    def _values(self) -> set[str]:
        self._expect("(")
        values = {self._string()}
        while self._at(","):
            values.add(self._string())
        self._expect(")")
        return values

    def _project(self) -> Stage:
        columns = self._columns()

        def stage(rows: Rows) -> Rows:
            _resolve(columns, rows)
            projected = [{column: row[column] for column in columns} for row in rows.rows]
            return replace(rows, columns=columns, rows=projected)

        return stage

    def _order(self) -> Stage:
        keys: list[tuple[str, bool]] = []
        while True:
            column = self._word()
            # KQL sorts downwards unless told otherwise.
            up = self._at("asc")
            keys.append((column, not up))
            if not up:
                self._at("desc")
            if not self._at(","):
                break

        def stage(rows: Rows) -> Rows:
            _resolve([column for column, _ in keys], rows)
            found = list(rows.rows)
            for column, down in reversed(keys):
                found.sort(key=partial(_sort_key, column), reverse=down)
            return replace(rows, rows=found, ordered=True)

        return stage

    def _summarize(self) -> Stage:
        name = "count_"
        word = self._word()
        if word != "count":
            name = word
            self._expect("=")
            self._expect("count")
        self._expect("(")
        self._expect(")")
        self._expect("by")
        by = self._columns()

        def stage(rows: Rows) -> Rows:
            _resolve(by, rows)
            if dynamic := sorted(DYNAMIC.intersection(by)):
                raise invalid_query(
                    f"Summarize group key '{dynamic[0]}' is of a 'dynamic' type. Please use an explicit cast"
                )
            counts: dict[tuple[str, ...], int] = {}
            for row in rows.rows:
                group = tuple(row[column] for column in by)
                counts[group] = counts.get(group, 0) + 1
            found = [{**dict(zip(by, group, strict=True)), name: count} for group, count in counts.items()]
            return Rows(columns=[*by, name], rows=found)

        return stage

    def _take(self) -> Stage:
        kind, value = self._take_token()
        if kind != "number":
            raise invalid_query(f"'{value}' is not a number")

        def stage(rows: Rows) -> Rows:
            return replace(rows, rows=rows.rows[: int(value)], taken=True)

        return stage

    def _columns(self) -> list[str]:
        found = [self._word()]
        while self._at(","):
            found.append(self._word())
        return found

    def _take_token(self) -> tuple[str, str]:
        if self._next >= len(self._tokens):
            raise invalid_query("The query ends too early")
        self._next += 1
        return self._tokens[self._next - 1]

    def _word(self) -> str:
        kind, value = self._take_token()
        if kind != "word":
            raise invalid_query(f"A name was expected, not {value}")
        return value

    def _string(self) -> str:
        kind, value = self._take_token()
        if kind != "string":
            raise invalid_query(f"A string was expected, not {value}")
        return re.sub(r"\\(.)", r"\1", value[1:-1])

    def _at(self, value: str) -> bool:
        if self._next < len(self._tokens) and self._tokens[self._next][1] == value:
            self._next += 1
            return True
        return False

    def _expect(self, value: str) -> None:
        kind, found = self._take_token()
        if found != value or kind == "string":
            raise invalid_query(f"'{value}' was expected, not '{found}'")


def _resolve(columns: list[str], rows: Rows) -> None:
    for column in columns:
        if column not in rows.columns:
            raise invalid_query(f"Failed to resolve scalar expression named '{column}'")


def _sort_key(column: str, row: Json) -> tuple[int, str]:
    value = row[column]
    return (value, "") if isinstance(value, int) else (0, str(value).lower())


def _compare(column: str, values: set[str], *, loose: bool, negated: bool) -> Test:
    wanted = {value.lower() for value in values} if loose else values

    def test(row: Json) -> bool:
        value = str(row[column])
        return ((value.lower() if loose else value) in wanted) != negated

    return test


def _and(left: Test, right: Test) -> Test:
    return lambda row: left(row) and right(row)


def _or(left: Test, right: Test) -> Test:
    return lambda row: left(row) or right(row)
