"""What happens to an architecture when nobody decides it. One function for each deviation of `fiction.yaml`.

Every one of them is invented for this demo.
"""

from collections.abc import Callable

from scanner.demo.aws.doctolib.account import ACCOUNT as OWN
from scanner.demo.aws.doctolib.account import FRANKFURT, HEALTH, IRELAND, PARIS, VIRGINIA, Account, pairs, policy
from scanner.demo.aws.doctolib.claimed import PARIS_KEY

VENDOR_ACCOUNT = "754728514883"
"""Published by New Relic for its integrations; taken as an example of a US vendor that customers let in."""
OBSERVABILITY = "https://aws-kinesis-http-intake.logs.datadoghq.com/v1/input"
"""Published by Datadog as the address for Firehose; taken as an example of a US observability service."""

_REPLICATION_ROLE = f"arn:aws:iam::{OWN}:role/replication"
_STREAM_ROLE = f"arn:aws:iam::{OWN}:role/journaux"
_UNDELIVERED = b'{"resourceType":"Appointment","status":"booked","reasonCode":[{"text":"invented"}]}\n' * 40


def replica_bucket(account: Account) -> None:
    account.key(VIRGINIA, "reprise-activite")
    account.bucket(VIRGINIA, "rdv-documents-patients-reprise", "reprise-activite", HEALTH)
    for region, name in ((PARIS, "rdv-documents-patients"), (VIRGINIA, "rdv-documents-patients-reprise")):
        versioning = {"Status": "Enabled"}
        account.client("s3", region).put_bucket_versioning(Bucket=name, VersioningConfiguration=versioning)
    target = {
        "Bucket": "arn:aws:s3:::rdv-documents-patients-reprise",
        "EncryptionConfiguration": {"ReplicaKmsKeyID": account.keys["reprise-activite"]},
    }
    rule = {
        "ID": "reprise-activite",
        "Status": "Enabled",
        "Priority": 1,
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
        "Destination": target,
    }
    account.client("s3", PARIS).put_bucket_replication(
        Bucket="rdv-documents-patients", ReplicationConfiguration={"Role": _REPLICATION_ROLE, "Rules": [rule]}
    )


def snapshot_copy(account: Account) -> None:
    snapshot = account.client("rds", PARIS).create_db_snapshot(
        DBInstanceIdentifier="rdv-production", DBSnapshotIdentifier="rdv-avant-migration", Tags=pairs(HEALTH)
    )["DBSnapshot"]["DBSnapshotArn"]
    account.client("rds", VIRGINIA).copy_db_snapshot(
        SourceDBSnapshotIdentifier=snapshot,
        TargetDBSnapshotIdentifier="rdv-avant-migration-copie",
        KmsKeyId=account.keys["reprise-activite"],
        SourceRegion=PARIS,
        CopyTags=True,
        Tags=[{"Key": "data-classification", "Value": "sante"}],
    )


def bucket_with_the_providers_key(account: Account) -> None:
    account.bucket(PARIS, "ordonnances-patients-numerisees", tags={"projet": "numerisation", "type-donnees": "sante"})


def imported_key(account: Account) -> None:
    arn = account.key(PARIS, "notre-cle", Origin="EXTERNAL")
    kms = account.client("kms", PARIS)
    wrapping = kms.get_parameters_for_import(
        KeyId=arn, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_4096"
    )
    kms.import_key_material(
        KeyId=arn,
        ImportToken=wrapping["ImportToken"],
        EncryptedKeyMaterial=b"invented for this demo",
        ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
    )
    account.table(PARIS, "historique-consultations-patients", "notre-cle", HEALTH)


def multi_region_key(account: Account) -> None:
    arn = account.key(PARIS, "teleconsultation", MultiRegion=True)
    account.client("kms", PARIS).replicate_key(KeyId=arn.rpartition("/")[2], ReplicaRegion=VIRGINIA)
    account.table(PARIS, "sessions-teleconsultation", "teleconsultation", HEALTH)


def logs_to_a_us_service(account: Account) -> None:
    account.bucket(PARIS, "journaux-non-remis", PARIS_KEY)
    # What only `--sample` sees: records that were not taken, with appointments in them.
    account.client("s3", PARIS).put_object(Bucket="journaux-non-remis", Key="2026/11/20/erreurs", Body=_UNDELIVERED)
    target = {"Url": OBSERVABILITY, "Name": "observabilite", "AccessKey": "invented-for-this-demo"}
    stream = account.client("firehose", PARIS).create_delivery_stream(
        DeliveryStreamName="journaux-rdv-observabilite",
        DeliveryStreamType="DirectPut",
        HttpEndpointDestinationConfiguration={
            "EndpointConfiguration": target,
            "S3BackupMode": "FailedDataOnly",
            "RoleARN": _STREAM_ROLE,
            "S3Configuration": {"RoleARN": _STREAM_ROLE, "BucketARN": "arn:aws:s3:::journaux-non-remis"},
        },
        Tags=[{"Key": "data-classification", "Value": "sante"}],
    )["DeliveryStreamARN"]
    account.client("logs", PARIS).put_subscription_filter(
        logGroupName="/ecs/rdv-api",
        filterName="observabilite",
        filterPattern="",
        destinationArn=stream,
        roleArn=_STREAM_ROLE,
    )


def vendor_in_a_key_policy(account: Account) -> None:
    own = {"AWS": f"arn:aws:iam::{OWN}:root"}
    vendor = {"AWS": f"arn:aws:iam::{VENDOR_ACCOUNT}:root"}
    document = policy(
        {"Sid": "compte", "Effect": "Allow", "Principal": own, "Action": "kms:*", "Resource": "*"},
        {
            "Sid": "supervision",
            "Effect": "Allow",
            "Principal": vendor,
            "Action": ["kms:Decrypt", "kms:DescribeKey"],
            "Resource": "*",
        },
    )
    account.key(FRANKFURT, "statistiques", Policy=document)
    account.bucket(
        FRANKFURT, "statistiques-consultations-patients", "statistiques", {"equipe": "pilotage", "hds": "oui"}
    )


def logs_for_ever(account: Account) -> None:
    account.log_group(PARIS, "/ecs/teleconsultation-patients", None, tags=HEALTH)
    account.log_group(FRANKFURT, "/aws/lambda/rappels-rdv-patients", None)


def imaging_beyond_the_claim(account: Account) -> None:
    account.client("medical-imaging", IRELAND).create_datastore(
        clientToken="invented-for-this-demo",
        datastoreName="imagerie-patients",
        tags=HEALTH,
    )


def secrets_unreadable(account: Account) -> None:
    account.aws.faults({"fault": "denied", "service": "secretsmanager"})


DEVIATIONS: dict[str, Callable[[Account], None]] = {
    "replica-bucket": replica_bucket,
    "snapshot-copy": snapshot_copy,
    "bucket-with-the-providers-key": bucket_with_the_providers_key,
    "imported-key": imported_key,
    "multi-region-key": multi_region_key,
    "logs-to-a-us-service": logs_to_a_us_service,
    "vendor-in-a-key-policy": vendor_in_a_key_policy,
    "logs-for-ever": logs_for_ever,
    "imaging-beyond-the-claim": imaging_beyond_the_claim,
    "secrets-unreadable": secrets_unreadable,
}
"""In the order in which they are built; the last one closes a door behind the builder."""
