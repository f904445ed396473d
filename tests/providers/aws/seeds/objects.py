"""Buckets, disks, file systems, backups and secrets."""

from tests.fixtures.aws import ACCOUNT, REGION
from tests.providers.aws.seeds.making import TAGS, Expected, Make, inherited, managed, plain, seed, shared, with_key


@seed("s3.bucket")
def bucket(make: Make) -> Expected:
    arn, target = make.bucket("dossiers"), make.bucket("reprise", "us-east-1")
    s3 = make.s3
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": make.key}}
    s3.put_bucket_encryption(Bucket="dossiers", ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_bucket_tagging(Bucket="dossiers", Tagging={"TagSet": make.pairs})
    for name in ("dossiers", "reprise"):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    to = {
        "ID": "r",
        "Status": "Enabled",
        "Priority": 1,
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": target},
    }
    s3.put_bucket_replication(Bucket="dossiers", ReplicationConfiguration={"Role": make.role, "Rules": [to]})
    return Expected(
        id=arn, name="dossiers", **with_key(make.key), tags=TAGS, copies=frozenset({("object-replication", target)})
    )


@seed("s3.bucket_inventory_or_metadata")
def inventory(make: Make) -> Expected:
    """Two buckets with an inventory of one name, which are two resources."""
    target = make.bucket("listes")
    encrypted = {"Bucket": target, "Format": "CSV", "Encryption": {"SSEKMS": {"KeyId": make.key}}}
    make.bucket("dossiers")
    for bucket in ("listes", "dossiers"):
        make.s3.put_bucket_inventory_configuration(
            Bucket=bucket,
            Id="chaque-jour",
            InventoryConfiguration={
                "Id": "chaque-jour",
                "IsEnabled": True,
                "IncludedObjectVersions": "All",
                "Schedule": {"Frequency": "Daily"},
                "Destination": {"S3BucketDestination": encrypted},
            },
        )
    return Expected(
        id=f"arn:aws:s3:global:{ACCOUNT}:bucket_inventory_or_metadata/dossiers/chaque-jour",
        region="global",
        name="chaque-jour",
        **with_key(make.key),
        copies=frozenset({("inventory-report", target)}),
    )


@seed("ec2.volume")
def volume(make: Make) -> Expected:
    made = make.ec2.create_volume(
        AvailabilityZone=f"{REGION}a",
        Size=8,
        Encrypted=True,
        KmsKeyId=make.key,
        TagSpecifications=[{"ResourceType": "volume", "Tags": make.pairs}],
    )
    return Expected(id=make.at("ec2", f"volume/{made['VolumeId']}"), **with_key(make.key), tags=TAGS, zone="")


@seed("ec2.snapshot")
def snapshot(make: Make) -> Expected:
    disk = make.ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=8)["VolumeId"]
    made = make.ec2.create_snapshot(VolumeId=disk, TagSpecifications=[{"ResourceType": "snapshot", "Tags": make.pairs}])
    return Expected(id=make.at("ec2", f"snapshot/{made['SnapshotId']}", account=""), **plain(), tags=TAGS)


@seed("ec2.image")
def image(make: Make) -> Expected:
    instance = make.ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    made = make.ec2.create_image(InstanceId=instance, Name="poste-medecin")["ImageId"]
    return Expected(id=make.at("ec2", f"image/{made}", account=""), name="poste-medecin")


@seed("efs.file_system")
def file_system(make: Make) -> Expected:
    made = make.efs.create_file_system(CreationToken="t", Encrypted=True, KmsKeyId=make.key, Tags=make.pairs)
    return Expected(id=made["FileSystemArn"], **with_key(make.key), tags=TAGS)


@seed("fsx.file_system")
def fsx(make: Make) -> Expected:
    made = make.fsx.create_file_system(
        FileSystemType="LUSTRE", StorageCapacity=1200, SubnetIds=make.subnets[:1], KmsKeyId=make.key, Tags=make.pairs
    )
    return Expected(id=made["FileSystem"]["ResourceARN"], tags=TAGS)


@seed("fsx.backup")
def fsx_backup(make: Make) -> Expected:
    made = make.fsx.create_file_system(FileSystemType="LUSTRE", StorageCapacity=1200, SubnetIds=make.subnets[:1])
    backup = make.fsx.create_backup(FileSystemId=made["FileSystem"]["FileSystemId"], Tags=make.pairs)
    return Expected(id=backup["Backup"]["ResourceARN"], tags=TAGS)


@seed("glacier.vault")
def vault(make: Make) -> Expected:
    make.glacier.create_vault(vaultName="archives")
    return Expected(id=make.at("glacier", "vaults/archives"), **shared())


@seed("backup.vault")
def backup_vault(make: Make) -> Expected:
    made = make.backup.create_backup_vault(BackupVaultName="coffre", EncryptionKeyArn=make.key, BackupVaultTags=TAGS)
    return Expected(id=made["BackupVaultArn"], **with_key(make.key), tags=TAGS)


@seed("backup.plan")
def backup_plan(make: Make) -> Expected:
    target = make.at("backup", "backup-vault:loin", region="us-east-1")
    rule = {"RuleName": "r", "TargetBackupVaultName": "coffre", "CopyActions": [{"DestinationBackupVaultArn": target}]}
    made = make.backup.create_backup_plan(BackupPlan={"BackupPlanName": "nuit", "Rules": [rule]}, BackupPlanTags=TAGS)
    return Expected(id=made["BackupPlanArn"], name="nuit", copies=frozenset({("backup-copy", target)}))


@seed("secretsmanager.secret")
def secret(make: Make) -> Expected:
    made = make.secretsmanager.create_secret(
        Name="clef-api",
        SecretString="invented",
        KmsKeyId=make.key,
        Tags=make.pairs,
        AddReplicaRegions=[{"Region": "us-east-1"}],
    )
    return Expected(
        id=made["ARN"],
        name="clef-api",
        **with_key(make.key),
        tags=TAGS,
        copies=frozenset({("secret-replica", "us-east-1")}),
    )


@seed("ssm.parameter")
def parameter(make: Make) -> Expected:
    make.ssm.put_parameter(Name="/base/mdp", Value="invented", Type="SecureString", KeyId=make.key, Tags=make.pairs)
    return Expected(id=make.at("ssm", "parameter/base/mdp"), name="/base/mdp", **with_key(make.key), tags=TAGS)


@seed("kms.key")
def key(make: Make) -> Expected:
    made = make.kms.create_key(MultiRegion=True, Tags=[{"TagKey": k, "TagValue": v} for k, v in TAGS.items()])
    make.kms.replicate_key(KeyId=made["KeyMetadata"]["KeyId"], ReplicaRegion="us-east-1")
    return Expected(id=made["KeyMetadata"]["Arn"], tags=TAGS)


@seed("kms.alias")
def alias(make: Make) -> Expected:
    make.kms.create_alias(AliasName="alias/racine", TargetKeyId=make.key_id)
    return Expected(id=make.at("kms", "alias/racine"), name="alias/racine")


@seed("ecr.repository")
def repository(make: Make) -> Expected:
    made = make.ecr.create_repository(
        repositoryName="rdv", encryptionConfiguration={"encryptionType": "KMS", "kmsKey": make.key}, tags=make.pairs
    )
    return Expected(id=made["repository"]["repositoryArn"], **with_key(make.key))


@seed("ecr.registry_replication")
def registry(make: Make) -> Expected:
    rules = [{"destinations": [{"region": "us-east-1", "registryId": ACCOUNT}]}]
    make.ecr.put_replication_configuration(replicationConfiguration={"rules": rules})
    return Expected(
        id=make.at("ecr", f"registry_replication/{ACCOUNT}"), copies=frozenset({("image-replication", "us-east-1")})
    )


@seed("s3vectors.vector_bucket")
def vectors(make: Make) -> Expected:
    make.s3vectors.create_vector_bucket(vectorBucketName="plongements")
    return Expected(id=make.at("s3vectors", "bucket/plongements"), **shared())


@seed("cloudformation.stack")
def stack(make: Make) -> Expected:
    template = '{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}'
    made = make.cloudformation.create_stack(StackName="pile", TemplateBody=template, Tags=make.pairs)
    return Expected(id=made["StackId"], name="pile")


@seed("codebuild.project")
def project(make: Make) -> Expected:
    made = make.codebuild.create_project(
        name="construire",
        source={"type": "S3", "location": "sources/a.zip"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole=make.role,
        encryptionKey=make.key,
        tags=make.small_pairs,
    )
    return Expected(id=made["project"]["arn"], name="construire")


__all__ = ["inherited", "managed"]
