"""Readings of three public statements, one of each sort that matters."""

from scanner.model.claims import ClaimReading, Counterexample, Reading

CLAIMS = (
    ClaimReading(
        id="C-1",
        statement="All data are in France.",
        said="a press release, 2021",
        sources=("https://example.com/press",),
        reading=Reading.CONTRADICTED,
        speaks_of=4,
        agree=2,
        against=(
            Counterexample(
                resource="arn:aws:s3:::archives", reason="stored_elsewhere", facts={"location.country": "US"}
            ),
        ),
        against_total=1,
        missing={"location.country: unmapped": 1},
        would_prove="Every store and every copy in France.",
        does_not_mean="That nobody else can read them.",
    ),
    ClaimReading(
        id="C-2",
        statement="All data are encrypted.",
        said="a web page, 2021",
        sources=(),
        reading=Reading.NOT_ESTABLISHED,
        speaks_of=4,
        agree=4,
        against=(),
        against_total=0,
        missing={"parts of the account were not read, see the coverage": 1},
        would_prove="Every store encrypted.",
        does_not_mean="That nobody but the customer can read the data.",
    ),
    ClaimReading(
        id="C-3",
        statement="There are keys at all.",
        said="a talk, 2022",
        sources=(),
        reading=Reading.SUPPORTED,
        speaks_of=2,
        agree=2,
        against=(),
        against_total=0,
        missing={},
        would_prove="A key.",
        does_not_mean="That they are used.",
    ),
)
