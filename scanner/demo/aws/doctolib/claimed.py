"""The architecture as described in public in 2020 and 2021: Paris and Frankfurt, encrypted, keys held outside."""

from scanner.demo.aws.doctolib.account import FRANKFURT, HEALTH, PARIS, Account, pairs

PARIS_KEY = "rdv-racine"
FRANKFURT_KEY = "comptes-racine"


def build(account: Account) -> None:
    """Root keys first, then appointments in Paris and accounts in Frankfurt."""
    root_key(account, PARIS, "paris", PARIS_KEY)
    root_key(account, FRANKFURT, "francfort", FRANKFURT_KEY)
    appointments(account)
    accounts(account)
    reminders(account)
    neutral(account)


def root_key(account: Account, region: str, place: str, name: str) -> None:
    """An external key store whose name says that a French host holds it, and the key that everything hangs on."""
    kms = account.client("kms", region)
    store = kms.create_custom_key_store(
        CustomKeyStoreName=f"hebergeur-francais-hsm-{place}",
        CustomKeyStoreType="EXTERNAL_KEY_STORE",
        XksProxyConnectivity="PUBLIC_ENDPOINT",
        XksProxyUriEndpoint=f"https://xks-{place}.hebergeur-francais.example",
        XksProxyUriPath="/plateforme/kms/xks/v1",
        XksProxyAuthenticationCredential={
            "AccessKeyId": "INVENTEDFORTHISDEMO22",
            "RawSecretAccessKey": "invented-for-this-demo-invented-for-this-demo",
        },
    )["CustomKeyStoreId"]
    kms.connect_custom_key_store(CustomKeyStoreId=store)
    account.key(region, name, Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store, XksKeyId=f"racine-{place}-2021")


def appointments(account: Account) -> None:
    """Appointment data, in Paris."""
    account.database(PARIS, "rdv-production", PARIS_KEY, HEALTH, kept_days=35)
    account.table(PARIS, "rendez-vous", PARIS_KEY, HEALTH)
    account.table(PARIS, "creneaux-praticiens", PARIS_KEY)
    account.bucket(PARIS, "rdv-documents-patients", PARIS_KEY, HEALTH)
    account.client("ec2", PARIS).create_volume(
        AvailabilityZone="eu-west-3a",
        Size=200,
        Encrypted=True,
        KmsKeyId=account.keys[PARIS_KEY],
        TagSpecifications=[
            {"ResourceType": "volume", "Tags": pairs({"Name": "recherche-praticiens", "equipe": "recherche"})}
        ],
    )
    account.log_group(PARIS, "/ecs/rdv-api", 90, PARIS_KEY)


def accounts(account: Account) -> None:
    """Account data, in Frankfurt."""
    account.database(FRANKFURT, "comptes-production", FRANKFURT_KEY, HEALTH, kept_days=35)
    account.table(FRANKFURT, "comptes-patients", FRANKFURT_KEY, HEALTH)
    account.bucket(FRANKFURT, "comptes-archives-patients", FRANKFURT_KEY, HEALTH)
    account.log_group(FRANKFURT, "/ecs/comptes-api", 90, FRANKFURT_KEY)
    account.client("secretsmanager", FRANKFURT).create_secret(
        Name="comptes/production/base", SecretString="{}", KmsKeyId=account.keys[FRANKFURT_KEY]
    )


def reminders(account: Account) -> None:
    """Reminders before an appointment: a topic, a queue, and a secret for the sender."""
    topic = account.client("sns", PARIS).create_topic(
        Name="rappels-rdv", Attributes={"KmsMasterKeyId": account.keys[PARIS_KEY]}, Tags=pairs(HEALTH)
    )["TopicArn"]
    sqs = account.client("sqs", PARIS)
    queue = sqs.create_queue(
        QueueName="rappels-rdv-sms", Attributes={"KmsMasterKeyId": account.keys[PARIS_KEY]}, tags=HEALTH
    )["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    account.client("sns", PARIS).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    account.client("secretsmanager", PARIS).create_secret(
        Name="rdv/production/envoi-sms", SecretString="{}", KmsKeyId=account.keys[PARIS_KEY]
    )


def neutral(account: Account) -> None:
    """Names that say nothing, and names that only look medical: `healthcheck` is about machines."""
    account.bucket(PARIS, "plateforme-ressources-web")
    account.bucket(PARIS, "healthcheck-logs")
    account.client("sqs", PARIS).create_queue(QueueName="healthcheck-events")
