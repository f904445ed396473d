"""Machines, functions, clusters and what connects networks."""

import io
import zipfile

from tests.fixtures.aws import ACCOUNT, REGION
from tests.providers.aws.seeds.making import TAGS, Expected, Make, nothing, seed, with_key


def _archive() -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("f.py", "def h(e, c): return None")
    return whole.getvalue()


@seed("ec2.instance")
def instance(make: Make) -> Expected:
    made = make.ec2.run_instances(
        ImageId="ami-12345678",
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[{"ResourceType": "instance", "Tags": make.pairs}],
    )["Instances"][0]
    return Expected(id=make.at("ec2", f"instance/{made['InstanceId']}"), tags=TAGS)


@seed("ec2.flow_log")
def flow_log(make: Make) -> Expected:
    target = make.bucket("flux")
    made = make.ec2.create_flow_logs(
        ResourceType="VPC",
        ResourceIds=[make.vpc],
        TrafficType="ALL",
        LogDestinationType="s3",
        LogDestination=target,
    )["FlowLogIds"][0]
    return Expected(id=make.at("ec2", f"vpc-flow-log/{made}"), copies=frozenset({("log-destination", target)}))


@seed("ec2.vpc_endpoint")
def vpc_endpoint(make: Make) -> Expected:
    made = make.ec2.create_vpc_endpoint(VpcId=make.vpc, ServiceName=f"com.amazonaws.{REGION}.s3")["VpcEndpoint"]
    return Expected(id=make.at("ec2", f"vpc-endpoint/{made['VpcEndpointId']}"))


@seed("ec2.vpc_peering")
def peering(make: Make) -> Expected:
    far = make.client("ec2", "us-east-1").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    made = make.ec2.create_vpc_peering_connection(VpcId=make.vpc, PeerVpcId=far, PeerRegion="us-east-1")
    peer = made["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    return Expected(id=make.at("ec2", f"vpc-peering-connection/{peer}"))


@seed("ec2.transit_gateway_peering")
def gateway_peering(make: Make) -> Expected:
    here = make.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    there = make.client("ec2", "us-east-1").create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    made = make.ec2.create_transit_gateway_peering_attachment(
        TransitGatewayId=here, PeerTransitGatewayId=there, PeerAccountId=ACCOUNT, PeerRegion="us-east-1"
    )["TransitGatewayPeeringAttachment"]["TransitGatewayAttachmentId"]
    return Expected(id=make.at("ec2", f"transit-gateway-attachment/{made}"))


def _function(make: Make) -> str:
    return str(
        make.lambda_.create_function(
            FunctionName="rappel",
            Runtime="python3.12",
            Role=make.role,
            Handler="f.h",
            Code={"ZipFile": _archive()},
            KMSKeyArn=make.key,
            Tags=TAGS,
        )["FunctionArn"]
    )


@seed("lambda.function")
def function(make: Make) -> Expected:
    return Expected(id=_function(make), name="rappel", **with_key(make.key))


@seed("lambda.layer")
def layer(make: Make) -> Expected:
    make.lambda_.publish_layer_version(LayerName="couche", Content={"ZipFile": _archive()})
    return Expected(id=make.at("lambda", "layer:couche"), name="couche")


@seed("lambda.event_source_mapping")
def mapping(make: Make) -> Expected:
    _function(make)
    url = make.sqs.create_queue(QueueName="entree")["QueueUrl"]
    queue = make.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    made = make.lambda_.create_event_source_mapping(FunctionName="rappel", EventSourceArn=queue)
    return Expected(id=made.get("EventSourceMappingArn") or make.at("lambda", f"event-source-mapping:{made['UUID']}"))


@seed("ecs.cluster")
def ecs(make: Make) -> Expected:
    made = make.ecs.create_cluster(clusterName="grappe", tags=make.small_pairs)["cluster"]
    return Expected(id=made["clusterArn"], name="grappe")


def _task(make: Make) -> str:
    return str(
        make.ecs.register_task_definition(
            family="api",
            containerDefinitions=[
                {
                    "name": "c",
                    "image": "docker.io/library/nginx",
                    "memory": 64,
                    "logConfiguration": {
                        "logDriver": "splunk",
                        "options": {"splunk-url": "https://inputs.splunkcloud.com"},
                    },
                }
            ],
        )["taskDefinition"]["taskDefinitionArn"]
    )


@seed("ecs.task_definition")
def task_definition(make: Make) -> Expected:
    return Expected(id=_task(make))


@seed("ecs.service")
def service(make: Make) -> Expected:
    make.ecs.create_cluster(clusterName="grappe")
    made = make.ecs.create_service(cluster="grappe", serviceName="api", taskDefinition=_task(make), desiredCount=0)
    return Expected(id=made["service"]["serviceArn"])


@seed("eks.cluster")
def eks(make: Make) -> Expected:
    made = make.eks.create_cluster(
        name="grappe",
        roleArn=make.role,
        resourcesVpcConfig={"subnetIds": make.subnets},
        encryptionConfig=[{"resources": ["secrets"], "provider": {"keyArn": make.key}}],
        tags=TAGS,
    )
    return Expected(id=made["cluster"]["arn"], **with_key(make.key), tags=TAGS)


@seed("batch.compute_environment")
def batch(make: Make) -> Expected:
    made = make.batch.create_compute_environment(
        computeEnvironmentName="calcul", type="UNMANAGED", state="ENABLED", serviceRole=make.role
    )
    return Expected(id=made["computeEnvironmentArn"])


@seed("emr-serverless.application")
def emr_serverless(make: Make) -> Expected:
    made = make.emr_serverless.create_application(name="calcul", releaseLabel="emr-7.0.0", type="SPARK", tags=TAGS)
    return Expected(id=made["arn"], name="calcul")


@seed("elasticbeanstalk.environment")
def beanstalk(make: Make) -> Expected:
    make.elasticbeanstalk.create_application(ApplicationName="site")
    made = make.elasticbeanstalk.create_environment(
        ApplicationName="site",
        EnvironmentName="production",
        SolutionStackName="64bit Amazon Linux 2 v3.4.1 running PHP 8.0",
    )
    return Expected(id=made["EnvironmentArn"])


@seed("elbv2.load_balancer")
def balancer(make: Make) -> Expected:
    made = make.elbv2.create_load_balancer(Name="entree", Subnets=make.subnets, Tags=make.pairs)["LoadBalancers"][0]
    return Expected(id=made["LoadBalancerArn"], name="entree")


@seed("workspaces.directory")
def workspaces(make: Make) -> Expected:
    directory = _directory(make)
    make.workspaces.register_workspace_directory(DirectoryId=directory, Tenancy="SHARED")
    return Expected(id=make.at("workspaces", f"directory/{directory}"))


def _directory(make: Make) -> str:
    return str(
        make.ds.create_microsoft_ad(
            Name="hopital.example",
            Password="Mot-de-passe-1",
            VpcSettings={"VpcId": make.vpc, "SubnetIds": make.subnets},
            Edition="Standard",
        )["DirectoryId"]
    )


@seed("ds.directory")
def directory(make: Make) -> Expected:
    return Expected(id=make.at("ds", f"directory/{_directory(make)}"))


@seed("workspaces.workspace")
def workspace(make: Make) -> Expected:
    directory = _directory(make)
    make.workspaces.register_workspace_directory(DirectoryId=directory, Tenancy="SHARED")
    made = make.workspaces.create_workspaces(
        Workspaces=[
            {
                "DirectoryId": directory,
                "UserName": "medecin",
                "BundleId": "wsb-bh8rsxt14",
                "VolumeEncryptionKey": make.key,
                "UserVolumeEncryptionEnabled": True,
                "RootVolumeEncryptionEnabled": True,
            }
        ]
    )["PendingRequests"][0]
    return Expected(id=make.at("workspaces", f"workspace/{made['WorkspaceId']}"), **with_key(make.key))


__all__ = ["nothing"]
