"""Queues, topics, streams of events, mail."""

from tests.fixtures.aws import ACCOUNT
from tests.providers.aws.seeds.making import TAGS, Expected, Make, seed, shared, with_key


def queue_of(make: Make, name: str = "rappels", **attributes: str) -> str:
    url = make.sqs.create_queue(QueueName=name, Attributes=attributes, tags=TAGS)["QueueUrl"]
    return str(make.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"])


@seed("sqs.queue")
def queue(make: Make) -> Expected:
    return Expected(id=queue_of(make, KmsMasterKeyId=make.key), name="rappels", **with_key(make.key), tags=TAGS)


@seed("sns.topic")
def topic(make: Make) -> Expected:
    made = make.sns.create_topic(Name="rappels", Attributes={"KmsMasterKeyId": make.key}, Tags=make.pairs)
    return Expected(id=made["TopicArn"], **with_key(make.key), tags=TAGS)


@seed("sns.subscription")
def subscription(make: Make) -> Expected:
    topic = make.sns.create_topic(Name="rappels")["TopicArn"]
    made = make.sns.subscribe(
        TopicArn=topic, Protocol="https", Endpoint="https://events.pagerduty.com/x", ReturnSubscriptionArn=True
    )
    return Expected(id=made["SubscriptionArn"], egress=frozenset({"https://events.pagerduty.com/x"}))


@seed("sns.platform_application")
def push(make: Make) -> Expected:
    made = make.sns.create_platform_application(
        Name="mobile", Platform="APNS", Attributes={"PlatformCredential": "c", "PlatformPrincipal": "p"}
    )
    return Expected(id=made["PlatformApplicationArn"])


@seed("events.event_bus")
def bus(make: Make) -> Expected:
    made = make.events.create_event_bus(Name="evenements", KmsKeyIdentifier=make.key, Tags=make.pairs)
    return Expected(id=made["EventBusArn"], name="evenements", **with_key(make.key))


@seed("events.archive")
def archive(make: Make) -> Expected:
    bus = make.events.create_event_bus(Name="evenements")["EventBusArn"]
    made = make.events.create_archive(ArchiveName="archive", EventSourceArn=bus, RetentionDays=30)
    return Expected(id=made["ArchiveArn"], name="archive", days=30)


@seed("events.rule")
def rule(make: Make) -> Expected:
    made = make.events.put_rule(Name="regle", EventPattern='{"source": ["a"]}')["RuleArn"]
    target = make.at("events", "event-bus/ailleurs", region="us-east-1")
    make.events.put_targets(Rule="regle", Targets=[{"Id": "1", "Arn": target}])
    return Expected(id=made, name="regle", copies=frozenset({("event-target", target)}))


@seed("events.connection")
def connection(make: Make) -> Expected:
    made = make.events.create_connection(
        Name="lien",
        AuthorizationType="API_KEY",
        AuthParameters={"ApiKeyAuthParameters": {"ApiKeyName": "k", "ApiKeyValue": "v"}},
    )
    return Expected(id=made["ConnectionArn"])


@seed("events.api_destination")
def destination(make: Make) -> Expected:
    link = make.events.create_connection(
        Name="lien",
        AuthorizationType="API_KEY",
        AuthParameters={"ApiKeyAuthParameters": {"ApiKeyName": "k", "ApiKeyValue": "v"}},
    )["ConnectionArn"]
    made = make.events.create_api_destination(
        Name="api", ConnectionArn=link, InvocationEndpoint="https://http-intake.logs.datadoghq.com/x", HttpMethod="POST"
    )
    return Expected(id=made["ApiDestinationArn"], egress=frozenset({"https://http-intake.logs.datadoghq.com/x"}))


@seed("scheduler.schedule")
def schedule(make: Make) -> Expected:
    made = make.scheduler.create_schedule(
        Name="nuit",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": queue_of(make), "RoleArn": make.role},
        KmsKeyArn=make.key,
    )
    return Expected(id=made["ScheduleArn"])


@seed("pipes.pipe")
def pipe(make: Make) -> Expected:
    made = make.pipes.create_pipe(
        Name="tuyau", Source=queue_of(make), Target=queue_of(make, "sortie"), RoleArn=make.role, Tags=TAGS
    )
    return Expected(id=made["Arn"], name="tuyau")


@seed("mq.broker")
def broker(make: Make) -> Expected:
    made = make.mq.create_broker(
        BrokerName="courtier",
        EngineType="ACTIVEMQ",
        EngineVersion="5.18",
        DeploymentMode="SINGLE_INSTANCE",
        HostInstanceType="mq.t3.micro",
        PubliclyAccessible=False,
        AutoMinorVersionUpgrade=True,
        Users=[{"Username": "u", "Password": "mot-de-passe-1"}],
        EncryptionOptions={"KmsKeyId": make.key, "UseAwsOwnedKey": False},
        Tags=TAGS,
    )
    return Expected(id=made["BrokerArn"], **with_key(make.key))


@seed("kafka.cluster")
def kafka(make: Make) -> Expected:
    made = make.kafka.create_cluster(
        ClusterName="kafka",
        BrokerNodeGroupInfo={"InstanceType": "kafka.m5.large", "ClientSubnets": make.subnets},
        KafkaVersion="3.6.0",
        NumberOfBrokerNodes=2,
        EncryptionInfo={"EncryptionAtRest": {"DataVolumeKMSKeyId": make.key}},
        Tags=TAGS,
    )
    return Expected(id=made["ClusterArn"], **with_key(make.key))


@seed("sesv2.email_identity")
def identity(make: Make) -> Expected:
    make.sesv2.create_email_identity(EmailIdentity="hopital.example")
    return Expected(id=make.at("ses", "identity/hopital.example"))


@seed("sesv2.contact_list")
def contacts(make: Make) -> Expected:
    make.sesv2.create_contact_list(ContactListName="patients")
    return Expected(id=make.at("ses", "contact-list/patients"))


@seed("stepfunctions.state_machine")
def machine(make: Make) -> Expected:
    made = make.stepfunctions.create_state_machine(
        name="parcours",
        definition='{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}',
        roleArn=make.role,
        encryptionConfiguration={"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": make.key},
        tags=make.small_pairs,
    )
    return Expected(id=made["stateMachineArn"], **with_key(make.key))


@seed("stepfunctions.activity")
def activity(make: Make) -> Expected:
    made = make.stepfunctions.create_activity(name="tache")
    return Expected(id=made["activityArn"])


@seed("swf.domain")
def swf(make: Make) -> Expected:
    make.swf.register_domain(name="flux", workflowExecutionRetentionPeriodInDays="30")
    return Expected(id=make.at("swf", "/domain/flux"))


__all__ = ["ACCOUNT", "shared"]
