"""Databases, caches, warehouses and their snapshots."""

from typing import Any

from tests.fixtures.aws import REGION
from tests.providers.aws.seeds.making import TAGS, Expected, Make, plain, seed, shared, with_key

MASTER = {"MasterUsername": "u", "MasterUserPassword": "mot-de-passe"}


def table_of(make: Make, **more: Any) -> str:
    return str(
        make.dynamodb.create_table(
            TableName="rdv",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            **more,
        )["TableDescription"]["TableArn"]
    )


@seed("dynamodb.table")
def table(make: Make) -> Expected:
    sse = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": make.key}
    arn = table_of(make, SSESpecification=sse, Tags=make.pairs)
    make.dynamodb.update_table(TableName="rdv", ReplicaUpdates=[{"Create": {"RegionName": "us-east-1"}}])
    return Expected(
        id=arn, name="rdv", **with_key(make.key), tags=TAGS, copies=frozenset({("global-table", "us-east-1")})
    )


@seed("dynamodb.backup")
def table_backup(make: Make) -> Expected:
    table_of(make)
    made = make.dynamodb.create_backup(TableName="rdv", BackupName="avant")["BackupDetails"]
    return Expected(id=made["BackupArn"], name="avant")


def instance_of(make: Make, **more: Any) -> dict[str, Any]:
    made = make.rds.create_db_instance(
        DBInstanceIdentifier="rdv",
        Engine="postgres",
        DBInstanceClass="db.t3.small",
        AllocatedStorage=10,
        **MASTER,
        **more,
    )
    return dict(made["DBInstance"])


@seed("rds.db_instance")
def instance(make: Make) -> Expected:
    made = instance_of(make, StorageEncrypted=True, KmsKeyId=make.key, Tags=make.pairs, BackupRetentionPeriod=35)
    return Expected(id=made["DBInstanceArn"], name="rdv", **with_key(make.key), tags=TAGS)


@seed("rds.db_snapshot")
def db_snapshot(make: Make) -> Expected:
    instance_of(make, StorageEncrypted=True, KmsKeyId=make.key)
    make.rds.create_db_snapshot(DBInstanceIdentifier="rdv", DBSnapshotIdentifier="avant", Tags=make.pairs)
    return Expected(id=make.at("rds", "snapshot:avant"), **with_key(make.key), tags=TAGS)


@seed("rds.automated_backup")
def automated_backup(make: Make) -> Expected:
    made = instance_of(make, StorageEncrypted=True, KmsKeyId=make.key, BackupRetentionPeriod=7)
    name = f"auto-backup:ab-{made['DbiResourceId'].lower()}"
    return Expected(id=make.at("rds", name), **with_key(make.key), days=7)


def cluster_of(make: Make, service: str, engine: str, **more: Any) -> str:
    made = make.client(service).create_db_cluster(DBClusterIdentifier="grappe", Engine=engine, **MASTER, **more)
    return str(made["DBCluster"]["DBClusterArn"])


@seed("rds.db_cluster")
def db_cluster(make: Make) -> Expected:
    arn = cluster_of(make, "rds", "aurora-postgresql", StorageEncrypted=True, KmsKeyId=make.key, Tags=make.pairs)
    return Expected(id=arn, **with_key(make.key), tags=TAGS)


@seed("rds.db_cluster_snapshot")
def db_cluster_snapshot(make: Make) -> Expected:
    cluster_of(make, "rds", "aurora-postgresql", StorageEncrypted=True, KmsKeyId=make.key)
    made = make.rds.create_db_cluster_snapshot(
        DBClusterIdentifier="grappe", DBClusterSnapshotIdentifier="avant", Tags=make.pairs
    )
    return Expected(id=made["DBClusterSnapshot"]["DBClusterSnapshotArn"], **with_key(make.key), tags=TAGS)


@seed("rds.global_cluster")
def global_cluster(make: Make) -> Expected:
    made = make.rds.create_global_cluster(
        GlobalClusterIdentifier="monde", Engine="aurora-postgresql", StorageEncrypted=True
    )
    return Expected(id=made["GlobalCluster"]["GlobalClusterArn"])


@seed("rds.export_task")
def export_task(make: Make) -> Expected:
    instance_of(make)
    make.bucket("exports")
    shot = make.rds.create_db_snapshot(DBInstanceIdentifier="rdv", DBSnapshotIdentifier="avant")["DBSnapshot"]
    made = make.rds.start_export_task(
        ExportTaskIdentifier="export",
        SourceArn=shot["DBSnapshotArn"],
        S3BucketName="exports",
        IamRoleArn=make.role,
        KmsKeyId=make.key,
    )
    return Expected(id=make.at("rds", f"export_task/{made['ExportTaskIdentifier']}"), **with_key(make.key))


@seed("neptune.cluster")
def neptune(make: Make) -> Expected:
    made = make.neptune.create_db_cluster(
        DBClusterIdentifier="grappe", Engine="neptune", StorageEncrypted=True, KmsKeyId=make.key, Tags=make.pairs
    )
    return Expected(id=made["DBCluster"]["DBClusterArn"], **with_key(make.key))


@seed("elasticache.cache_cluster")
def cache(make: Make) -> Expected:
    made = make.elasticache.create_cache_cluster(
        CacheClusterId="cache", Engine="memcached", CacheNodeType="cache.t3.micro", NumCacheNodes=1, Tags=make.pairs
    )
    return Expected(id=made["CacheCluster"]["ARN"])


@seed("elasticache.replication_group")
def replication_group(make: Make) -> Expected:
    made = make.elasticache.create_replication_group(
        ReplicationGroupId="groupe",
        ReplicationGroupDescription="d",
        Engine="redis",
        CacheNodeType="cache.t3.micro",
        AtRestEncryptionEnabled=True,
        KmsKeyId=make.key,
        Tags=make.pairs,
    )
    return Expected(id=made["ReplicationGroup"]["ARN"], **with_key(make.key))


@seed("memorydb.cluster")
def memorydb(make: Make) -> Expected:
    made = make.memorydb.create_cluster(
        ClusterName="memoire", NodeType="db.t4g.small", ACLName="open-access", KmsKeyId=make.key, Tags=make.pairs
    )
    return Expected(id=made["Cluster"]["ARN"], **with_key(make.key))


@seed("memorydb.snapshot")
def memorydb_snapshot(make: Make) -> Expected:
    make.memorydb.create_cluster(ClusterName="memoire", NodeType="db.t4g.small", ACLName="open-access")
    made = make.memorydb.create_snapshot(ClusterName="memoire", SnapshotName="avant", KmsKeyId=make.key)
    return Expected(id=made["Snapshot"]["ARN"], **with_key(make.key))


@seed("redshift.cluster")
def redshift(make: Make) -> Expected:
    make.redshift.create_cluster(
        ClusterIdentifier="entrepot", NodeType="ra3.large", Encrypted=True, KmsKeyId=make.key, Tags=make.pairs, **MASTER
    )
    return Expected(id=make.at("redshift", "cluster:entrepot"), **with_key(make.key), tags=TAGS)


@seed("redshift.snapshot")
def redshift_snapshot(make: Make) -> Expected:
    make.redshift.create_cluster(ClusterIdentifier="entrepot", NodeType="ra3.large", **MASTER)
    make.redshift.create_cluster_snapshot(SnapshotIdentifier="avant", ClusterIdentifier="entrepot", Tags=make.pairs)
    return Expected(id=make.at("redshift", "snapshot:entrepot/avant"), tags=TAGS)


@seed("dax.cluster")
def dax(make: Make) -> Expected:
    made = make.dax.create_cluster(
        ClusterName="dax",
        NodeType="dax.t3.small",
        ReplicationFactor=1,
        IamRoleArn=make.role,
        Tags=make.pairs,
        SSESpecification={"Enabled": True},
    )
    return Expected(id=made["Cluster"]["ClusterArn"], **shared())


@seed("opensearch.domain")
def opensearch(make: Make) -> Expected:
    made = make.opensearch.create_domain(
        DomainName="recherche",
        EncryptionAtRestOptions={"Enabled": True, "KmsKeyId": make.key},
        TagList=make.pairs,
    )
    return Expected(id=made["DomainStatus"]["ARN"], **with_key(make.key))


@seed("sdb.domain")
def simple(make: Make) -> Expected:
    make.client("sdb", "us-east-1").create_domain(DomainName="ancien")
    return Expected(id=make.at("sdb", "domain/ancien", region="us-east-1"), region="us-east-1", name="ancien")


@seed("timestream-write.database")
def timestream(make: Make) -> Expected:
    made = make.client("timestream-write", "us-east-1").create_database(DatabaseName="mesures", KmsKeyId=make.key)
    return Expected(id=made["Database"]["Arn"], region="us-east-1", **with_key(make.key))


@seed("dms.replication_instance")
def dms(make: Make) -> Expected:
    made = make.dms.create_replication_instance(
        ReplicationInstanceIdentifier="migration",
        ReplicationInstanceClass="dms.t3.micro",
        KmsKeyId=make.key,
        Tags=make.pairs,
    )
    return Expected(id=made["ReplicationInstance"]["ReplicationInstanceArn"], **with_key(make.key))


@seed("dms.endpoint")
def dms_endpoint(make: Make) -> Expected:
    made = make.dms.create_endpoint(
        EndpointIdentifier="cible", EndpointType="target", EngineName="postgres", KmsKeyId=make.key, Tags=make.pairs
    )
    return Expected(id=made["Endpoint"]["EndpointArn"])


__all__ = ["REGION", "plain"]
