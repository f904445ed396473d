"""Logs, trails and streams, and where they are delivered."""

from tests.fixtures.aws import ACCOUNT
from tests.providers.aws.seeds.making import TAGS, Expected, Make, seed, with_key


@seed("logs.log_group")
def log_group(make: Make) -> Expected:
    make.logs.create_log_group(logGroupName="/ecs/api", kmsKeyId=make.key, tags=TAGS)
    make.logs.put_retention_policy(logGroupName="/ecs/api", retentionInDays=90)
    stream = make.at("kinesis", "stream/loin", region="us-east-1")
    make.kinesis.create_stream(StreamName="pres", ShardCount=1)
    near = make.at("kinesis", "stream/pres")
    make.logs.put_subscription_filter(
        logGroupName="/ecs/api", filterName="f", filterPattern="", destinationArn=near, roleArn=make.role
    )
    assert stream != near
    return Expected(
        id=make.at("logs", "log-group:/ecs/api"),
        **with_key(make.key),
        tags=TAGS,
        copies=frozenset({("log-subscription", near)}),
        days=90,
    )


@seed("logs.destination")
def destination(make: Make) -> Expected:
    target = make.at("kinesis", "stream/central", region="us-east-1")
    made = make.logs.put_destination(destinationName="central", targetArn=target, roleArn=make.role)
    return Expected(id=made["destination"]["arn"], copies=frozenset({("log-subscription", target)}))


@seed("logs.export_task")
def export_task(make: Make) -> Expected:
    make.bucket("exports")
    make.logs.create_log_group(logGroupName="/ecs/api")
    made = make.logs.create_export_task(logGroupName="/ecs/api", fromTime=0, to=1, destination="exports")
    return Expected(
        id=make.at("logs", f"export_task/{made['taskId']}"),
        copies=frozenset({("export", "arn:aws:s3:::exports")}),
    )


@seed("cloudtrail.trail")
def trail(make: Make) -> Expected:
    make.bucket("journal", "us-east-1")
    made = make.cloudtrail.create_trail(Name="trace", S3BucketName="journal", KmsKeyId=make.key, TagsList=make.pairs)
    return Expected(id=made["TrailARN"], copies=frozenset({("log-destination", "arn:aws:s3:::journal")}))


@seed("kinesis.stream")
def stream(make: Make) -> Expected:
    make.kinesis.create_stream(StreamName="flux", ShardCount=1)
    make.kinesis.start_stream_encryption(StreamName="flux", EncryptionType="KMS", KeyId=make.key)
    return Expected(id=make.at("kinesis", "stream/flux"), **with_key(make.key))


@seed("kinesisvideo.stream")
def video(make: Make) -> Expected:
    made = make.kinesisvideo.create_stream(StreamName="camera", KmsKeyId=make.key, DataRetentionInHours=24, Tags=TAGS)
    return Expected(id=made["StreamARN"], **with_key(make.key), days=1)


@seed("firehose.delivery_stream")
def firehose(make: Make) -> Expected:
    target = make.bucket("livraison")
    made = make.firehose.create_delivery_stream(
        DeliveryStreamName="journaux",
        DeliveryStreamType="DirectPut",
        HttpEndpointDestinationConfiguration={
            "EndpointConfiguration": {"Url": "https://log-api.newrelic.com/log/v1", "Name": "nr"},
            "S3BackupMode": "FailedDataOnly",
            "RoleARN": make.role,
            "S3Configuration": {"RoleARN": make.role, "BucketARN": target},
        },
        Tags=make.pairs,
    )
    return Expected(
        id=made["DeliveryStreamARN"],
        egress=frozenset({"https://log-api.newrelic.com/log/v1"}),
    )


@seed("config.aggregator")
def aggregator(make: Make) -> Expected:
    made = make.config.put_configuration_aggregator(
        ConfigurationAggregatorName="tout",
        AccountAggregationSources=[{"AccountIds": [ACCOUNT], "AllAwsRegions": True}],
    )
    return Expected(id=made["ConfigurationAggregator"]["ConfigurationAggregatorArn"])


@seed("config.delivery_channel")
def channel(make: Make) -> Expected:
    make.bucket("configuration")
    make.config.put_configuration_recorder(
        ConfigurationRecorder={"name": "default", "roleARN": make.role, "recordingGroup": {"allSupported": True}}
    )
    make.config.put_delivery_channel(
        DeliveryChannel={"name": "default", "s3BucketName": "configuration", "s3KmsKeyArn": make.key}
    )
    return Expected(
        id=make.at("config", "delivery_channel/default"),
        copies=frozenset({("log-destination", "arn:aws:s3:::configuration")}),
    )


@seed("guardduty.detector")
def detector(make: Make) -> Expected:
    made = make.guardduty.create_detector(Enable=True, Tags=TAGS)["DetectorId"]
    return Expected(id=make.at("guardduty", f"detector/{made}"))


@seed("route53.hosted_zone")
def zone(make: Make) -> Expected:
    made = make.route53.create_hosted_zone(Name="hopital.example", CallerReference="r")["HostedZone"]["Id"]
    return Expected(id=f"arn:aws:route53:::{made.lstrip('/')}", region="global")


@seed("route53resolver.query_log_config")
def query_log(make: Make) -> Expected:
    target = make.bucket("requetes")
    made = make.route53resolver.create_resolver_query_log_config(
        Name="requetes", DestinationArn=target, CreatorRequestId="r"
    )
    return Expected(id=made["ResolverQueryLogConfig"]["Arn"], copies=frozenset({("log-destination", target)}))


@seed("datasync.location")
def location(make: Make) -> Expected:
    target = make.bucket("source")
    made = make.datasync.create_location_s3(S3BucketArn=target, S3Config={"BucketAccessRoleArn": make.role})
    return Expected(id=made["LocationArn"])


@seed("datasync.task")
def sync_task(make: Make) -> Expected:
    ends = [
        make.datasync.create_location_s3(S3BucketArn=make.bucket(name), S3Config={"BucketAccessRoleArn": make.role})
        for name in ("source", "cible")
    ]
    made = make.datasync.create_task(
        SourceLocationArn=ends[0]["LocationArn"], DestinationLocationArn=ends[1]["LocationArn"], Name="copie"
    )
    return Expected(id=made["TaskArn"])


@seed("transfer.server")
def transfer(make: Make) -> Expected:
    made = make.transfer.create_server(Domain="S3", Protocols=["SFTP"], Tags=make.pairs)["ServerId"]
    return Expected(id=make.at("transfer", f"server/{made}"))
