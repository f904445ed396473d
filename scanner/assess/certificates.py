"""Certificates that the user states, held against the tables. A certificate covers an offer in regions, no company."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from scanner.facts.operators import Certificate, CertificateStatus, Operator
from scanner.facts.statements import StatedCertificate
from scanner.model import Resource

CONTRARY = frozenset({CertificateStatus.NOT_CERTIFIED, CertificateStatus.NOT_ELIGIBLE})
"""What overrules a statement, even when the table's entry is not confirmed."""


def contrary(stated: StatedCertificate, operator: Operator) -> Certificate | None:
    """The entry of the operator table that speaks against `stated`; an entry without an edition speaks of all."""
    for entry in operator.certifications:
        same = entry.scheme.casefold() == stated.scheme.casefold()
        if same and entry.status in CONTRARY and (not entry.version or entry.version == stated.version):
            return entry
    return None


def stated_for(
    resource: Resource, operator: Operator | None, stated: Iterable[StatedCertificate]
) -> tuple[StatedCertificate, ...]:
    """The certificates among `stated` that cover `resource`, and that nothing in the tables contradicts."""
    if operator is None:
        return ()
    return tuple(
        certificate
        for certificate in stated
        if certificate.operator == operator.id
        and resource.region in certificate.regions
        and any(fnmatchcase(resource.type, pattern) for pattern in certificate.types)
        and contrary(certificate, operator) is None
    )
