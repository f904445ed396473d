"""Medical software by its images and ports, and the stores it uses, through the whole scan."""

import json
from pathlib import Path
from typing import Any

from scanner.demo.azure.world import Resource
from tests.cli.scanning import Command
from tests.fixtures.aws import REGION, Aws
from tests.fixtures.azure import subscription, world
from tests.scenarios.azure_estate import scan_of


def scanned(aws: Aws, folder: Path, services: str) -> dict[str, Any]:
    aws.freeze()
    done = Command(aws, folder).run("--services", services, "--format", "json")
    assert done.stdout, done.stderr
    return {f"{one['type']} {one['name']}": one for one in json.loads(done.stdout)["resources"]}


def signals(resource: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {(one["family"], one["strength"], one["rule"]) for one in resource["health"]["signals"]}


def test_a_task_of_a_fhir_server_and_the_log_group_it_writes_to(aws: Aws, tmp_path: Path) -> None:
    ecs, logs, ecr = aws.client("ecs"), aws.client("logs"), aws.client("ecr")
    for group in ("/ecs/rdv", "/ecs/t-0042", "/ecs/other"):
        logs.create_log_group(logGroupName=group)
    ecr.create_repository(repositoryName="team/orthanc")
    for family, group, image in (("server", "/ecs/rdv", "hapiproject/hapi:v7"), ("pacs", "/ecs/t-0042", "x/orthanc:1")):
        container = {
            "name": "main",
            "image": image,
            "memory": 512,
            "portMappings": [{"containerPort": 11112}],
            "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": group}},
        }
        ecs.register_task_definition(family=family, containerDefinitions=[container])
    found = scanned(aws, tmp_path, "ecs,logs,ecr")
    task = found["ecs.task_definition server"]
    assert {("service", "strong", "services.images.hapi"), ("service", "medium", "services.ports.11112")} <= signals(
        task
    )
    assert ("service", "strong", "services.images.orthanc") in signals(found["ecr.repository team/orthanc"])
    named = ("neighbour", "medium", "neighbours.named")
    by_name, by_nothing = found["logs.log_group /ecs/rdv"], found["logs.log_group /ecs/t-0042"]
    assert named in signals(by_name) and by_name["health"]["level"] == "likely"
    assert signals(by_nothing) == {named} and by_nothing["health"]["level"] == "possible"
    assert found["logs.log_group /ecs/other"]["health"] == {"level": "no_signal", "signals": [], "classification": ""}


def network(aws: Aws) -> tuple[str, str]:
    """A network load balancer without listeners, and its VPC."""
    elb, ec2 = aws.client("elbv2"), aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone=f"{REGION}a")["Subnet"]["SubnetId"]
    made = elb.create_load_balancer(Name="inbound", Subnets=[subnet], Type="network")["LoadBalancers"]
    return made[0]["LoadBalancerArn"], vpc


def test_a_listener_on_a_port_of_dicom(aws: Aws, tmp_path: Path) -> None:
    elb, ec2 = aws.client("elbv2"), aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone=f"{REGION}a")["Subnet"]["SubnetId"]
    arn = elb.create_load_balancer(Name="inbound", Subnets=[subnet], Type="network")["LoadBalancers"][0][
        "LoadBalancerArn"
    ]
    group = elb.create_target_group(Name="in", Protocol="TCP", Port=2575, VpcId=vpc)["TargetGroups"][0][
        "TargetGroupArn"
    ]
    action = {"Type": "forward", "TargetGroupArn": group}
    elb.create_listener(LoadBalancerArn=arn, Protocol="TCP", Port=104, DefaultActions=[action])
    balancer = scanned(aws, tmp_path, "elbv2")["elbv2.load_balancer inbound"]
    assert signals(balancer) == {
        ("service", "medium", "services.ports.104"),
        ("service", "weak", "services.ports.2575"),
    }
    assert balancer["health"]["level"] == "possible"


def test_listeners_that_may_not_be_read_are_a_gap_and_no_silence(aws: Aws, tmp_path: Path) -> None:
    network(aws)
    aws.faults({"operation": "DescribeListeners", "fault": "denied"})
    balancer = scanned(aws, tmp_path, "elbv2")["elbv2.load_balancer inbound"]
    gap = next(gap for gap in balancer["gaps"] if gap["fact"] == "health.signals")
    assert (gap["reason"], gap["permission"]) == ("denied", "elasticloadbalancing:DescribeListeners")


def test_a_security_group_shows_the_port_that_it_lets_in_and_no_range(aws: Aws, tmp_path: Path) -> None:
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    for name, first, last in (("modalities", 11112, 11112), ("everything", 0, 65535), ("web", 443, 443)):
        group = ec2.create_security_group(GroupName=name, Description="-", VpcId=vpc)["GroupId"]
        rule = {"IpProtocol": "tcp", "FromPort": first, "ToPort": last, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    found = scanned(aws, tmp_path, "ec2")
    assert signals(found["ec2.security_group modalities"]) == {("service", "medium", "services.ports.11112")}
    assert found["ec2.security_group modalities"]["health"]["level"] == "possible"
    assert signals(found["ec2.security_group everything"]) == signals(found["ec2.security_group web"]) == set()
    assert "ec2.security_group default" not in found


def test_a_web_app_of_azure_by_the_image_that_it_runs(tmp_path: Path) -> None:
    def site(name: str, properties: dict[str, Any]) -> Resource:
        return Resource(type="Microsoft.Web/sites", name=name, location="francecentral", properties=properties)

    listed = [{"name": "LinuxFxVersion", "value": "DOCKER|orthancteam/orthanc:24.5"}, {"name": "x", "value": None}]
    there = world(
        subscription(
            site("by-config", {"siteConfig": {"linuxFxVersion": "DOCKER|registry.example/hapi-fhir:7"}}),
            site("by-row", {"siteProperties": {"properties": listed}}),
            site("code", {"siteConfig": {"linuxFxVersion": "PYTHON|3.12"}}),
        )
    )
    for scan in scan_of(there, tmp_path):
        assert ("service", "strong", "services.images.hapi-fhir") in signals(scan.resource("by-config"))
        assert signals(scan.resource("by-row")) == {("service", "strong", "services.images.orthanc")}
        assert signals(scan.resource("code")) == set()
