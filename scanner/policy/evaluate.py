"""Controls on subjects. What was concluded once is remembered, so that cost follows what differs."""

import functools
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from scanner.model import Finding, Status
from scanner.policy.check import CheckedControl, CheckedPack
from scanner.policy.conclusion import Conclusion, Frozen, conclude_control, freeze, thaw
from scanner.policy.outcome import COVERAGE, NotApplicable, Outcome, Values, outcome
from scanner.policy.parameters import Given, Sets, refuse_unknown_packs, settings
from scanner.policy.subject import Subject
from scanner.policy.vocabulary import PARAMETER_PREFIX, SET_PREFIX

MEMO_ENTRIES = 20_000
"""Conclusions remembered; an entry is some 500 bytes, and real accounts need a few thousand."""
ROWS = 1_024
"""Rows remembered; an entry is some kilobytes, and resources come in an order in which the like are neighbours."""

_encode = msgspec.msgpack.Encoder().encode


class Row(Struct, frozen=True, eq=False):
    """What all controls say of a subject. Subjects with the same facts, gaps and provenance share one."""

    findings: tuple[Finding, ...]
    """In the order of the packs; those of the subject that was evaluated, see `named`."""
    not_applicable: tuple[NotApplicable, ...]


class Evaluator:
    """Evaluates every control of some packs. Safe to share between threads."""

    def __init__(
        self, packs: Sequence[CheckedPack], given: Given, sets: Sets, memo_entries: int = MEMO_ENTRIES
    ) -> None:
        """Raise UsageError when a required parameter is not set, or a value has the wrong type."""
        refuse_unknown_packs(packs, given)
        self.packs = tuple(packs)
        self.controls = tuple(control for pack in packs for control in pack.controls)
        self._settings = tuple(bound for pack in packs for bound in [settings(pack, given, sets)] * len(pack.controls))
        self._rests_on = tuple(
            {name: found for name in control.settings if (found := _set_behind(name, control, given))}
            for control in self.controls
        )
        """By control: the set of countries behind each of its settings, which may be a parameter's default."""
        self._vocabularies = tuple(pack.vocabulary for pack in packs for _ in pack.controls)
        self._facts = {
            name: vocabulary[name]
            for control, vocabulary in zip(self.controls, self._vocabularies, strict=True)
            for name in control.facts
        }
        self._read = tuple({**self._facts, COVERAGE: None})
        """What an outcome can depend on."""
        self._remembered = functools.lru_cache(maxsize=memo_entries)(self._conclude)
        self._rows: OrderedDict[Hashable, Row] = OrderedDict()

    def evaluate(self, subject: Subject, only: frozenset[str] | None = None) -> Iterator[Outcome]:
        """Outcome of each control for subjects of this kind, in the order of the packs; `only` narrows to some ids."""
        values = self.usable(subject)
        for index, control in enumerate(self.controls):
            if control.control.subject == subject.kind and (only is None or control.id in only):
                frozen = tuple(values.get(fact) for fact in control.facts)
                conclusion = self._remembered(index, frozen, ())
                unsure = self._unsure(index, subject, frozen, conclusion)
                yield outcome(control, self._vocabularies[index], subject, values, conclusion, unsure)

    def row(self, subject: Subject) -> Row:
        """All that `evaluate` says, remembered for the next subject of which the same is known. For one thread."""
        facts = {name: subject.values[name] for name in self._read if name in subject.values}
        gaps = {name: subject.missing[name] for name in self._read if name in subject.missing}
        # The encoded form tells apart what compares equal, `1` and `True`.
        known = (subject.kind, _encode((facts, gaps)), subject.unconfirmed, subject.provenance)
        row = self._rows.get(known)
        if row is None:
            outcomes = list(self.evaluate(subject))
            row = Row(
                tuple(found for found in outcomes if isinstance(found, Finding)),
                tuple(found for found in outcomes if isinstance(found, NotApplicable)),
            )
            self._rows[known] = row
            if len(self._rows) > ROWS:
                self._rows.popitem(last=False)
        else:
            self._rows.move_to_end(known)
        return row

    def _unsure(
        self, index: int, subject: Subject, frozen: tuple[Frozen | None, ...], conclusion: Conclusion
    ) -> tuple[str, ...]:
        """Unconfirmed sets of countries without which the verdict would not be reached.

        A country that a confirmed set holds too leaves the verdict as it is: the engine decides again without the
        doubtful sets, as it does without a fact that was not read.
        """
        rests_on = self._rests_on[index]
        without = tuple(name for name, named in rests_on.items() if named in subject.unconfirmed)
        if not without or conclusion.status not in (Status.PASS, Status.NOT_APPLICABLE):
            return ()
        again = self._remembered(index, frozen, without)
        return () if again.status is conclusion.status else tuple(dict.fromkeys(rests_on[name] for name in without))

    def usable(self, subject: Subject) -> dict[str, Frozen]:
        """The subject's facts that some control reads and whose values have the type and the words of the schema."""
        frozen = ((name, freeze(subject.values.get(name), fact)) for name, fact in self._facts.items())
        return {name: value for name, value in frozen if value is not None}

    def bound(self, index: int, values: Values) -> dict[str, Any]:
        """What the conditions of the control at `index` see: the facts it reads that are usable, and its settings."""
        control, vocabulary = self.controls[index], self._vocabularies[index]
        facts = {name: thaw(values[name], vocabulary[name]) for name in control.facts if name in values}
        return facts | {name: self._settings[index][name] for name in control.settings}

    @property
    def memo(self) -> tuple[int, int, int]:
        """Conclusions recalled, conclusions computed, entries held."""
        info = self._remembered.cache_info()
        return info.hits, info.misses, info.currsize

    def _conclude(self, index: int, frozen: tuple[Frozen | None, ...], without: tuple[str, ...]) -> Conclusion:
        """What follows from the values; the settings `without` are left unbound."""
        control = self.controls[index]
        values = {name: value for name, value in zip(control.facts, frozen, strict=True) if value is not None}
        bound = self.bound(index, values)
        return conclude_control(control, {name: value for name, value in bound.items() if name not in without})


def _set_behind(setting: str, control: CheckedControl, given: Given) -> str:
    """`sets.NAME` for a set, and for a parameter that was left at a set as its default; else empty."""
    if setting.startswith(SET_PREFIX):
        return setting
    name = setting.removeprefix(PARAMETER_PREFIX)
    default = control.pack.parameters[name].default
    left = name not in given.get(control.pack.id, {})
    return default if left and isinstance(default, str) and default.startswith(SET_PREFIX) else ""
