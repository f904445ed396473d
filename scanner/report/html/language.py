"""The page's two languages: words, numbers, times and names of countries."""

from collections.abc import Mapping
from datetime import datetime
from importlib import resources
from typing import Any

from scanner import strictyaml

LANGUAGES = ("en", "fr")


class Language:
    """Everything of a page that depends on its language; `lang` is one of `LANGUAGES`."""

    def __init__(self, lang: str) -> None:
        from scanner.facts import countries
        from scanner.report.html.maps import outlines

        name = f"words_{lang}.yaml"
        text = (resources.files("scanner.report.html") / name).read_text(encoding="utf-8")
        self.words: Mapping[str, str] = strictyaml.load(text, name, dict[str, str]).value
        english = countries.names()
        self._countries = {**english, **outlines().names_fr} if lang == "fr" else english

    def country(self, code: str | None) -> str:
        """The name of a country; of none, that it is not established."""
        return self._countries.get(code, code) if code else self.words["not_established"]

    def word(self, value: object, family: str) -> str:
        """The word of a family of words, such as those of a state; an unknown value is shown as it is."""
        return self.words.get(f"{family}_{value}", str(value).replace("_", " "))

    def number(self, value: int) -> str:
        return f"{value:,}".replace(",", self.words["thousands"])

    def moment(self, rfc3339: str) -> str:
        """A time as people write it, in UTC."""
        time = datetime.fromisoformat(rfc3339)
        return self._dated(time, self.words["moment"])

    def day(self, iso: str) -> str:
        """A date as people write it; what is none is shown as it is."""
        try:
            return self._dated(datetime.fromisoformat(iso), self.words["date"])
        except ValueError:
            return iso

    def _dated(self, time: datetime, form: str) -> str:
        day = self.words["first_day"] if time.day == 1 else str(time.day)
        month = self.words["months"].split()[time.month - 1]
        return form.format(day=day, month=month, year=time.year, hour=f"{time:%H}", minute=f"{time:%M}")

    def filters(self) -> dict[str, Any]:
        """By the names they have in a template."""
        return {
            "country": self.country,
            "word": self.word,
            "number": self.number,
            "moment": self.moment,
            "day": self.day,
        }
