"""Identities, catalogues of data, application interfaces, certificates, distributions."""

from tests.providers.aws.seeds.making import TAGS, Expected, Make, seed, shared, with_key


@seed("cognito-idp.user_pool")
def users(make: Make) -> Expected:
    made = make.cognito_idp.create_user_pool(PoolName="patients", UserPoolTags=TAGS)["UserPool"]
    return Expected(id=made["Arn"], name="patients")


@seed("cognito-identity.identity_pool")
def identities(make: Make) -> Expected:
    made = make.cognito_identity.create_identity_pool(
        IdentityPoolName="patients",
        AllowUnauthenticatedIdentities=False,
        SupportedLoginProviders={"accounts.google.com": "123.apps.googleusercontent.com"},
    )
    return Expected(id=make.at("cognito-identity", f"identitypool/{made['IdentityPoolId']}"))


@seed("appconfig.application")
def configured(make: Make) -> Expected:
    made = make.appconfig.create_application(Name="rdv")["Id"]
    return Expected(id=make.at("appconfig", f"application/{made}"), name="rdv")


@seed("appconfig.profile")
def configuration(make: Make) -> Expected:
    of = make.appconfig.create_application(Name="rdv")["Id"]
    made = make.appconfig.create_configuration_profile(ApplicationId=of, Name="regles", LocationUri="hosted")["Id"]
    return Expected(id=make.at("appconfig", f"application/{of}/configurationprofile/{made}"), name="regles", **shared())


@seed("iam.user")
def user(make: Make) -> Expected:
    made = make.iam.create_user(UserName="robot", Tags=make.pairs)["User"]
    return Expected(id=made["Arn"], region="global", name="robot")


@seed("glue.database")
def glue_database(make: Make) -> Expected:
    make.glue.create_database(DatabaseInput={"Name": "donnees"})
    return Expected(id=make.at("glue", "database/donnees"), name="donnees")


@seed("glue.table")
def glue_table(make: Make) -> Expected:
    make.glue.create_database(DatabaseInput={"Name": "donnees"})
    make.glue.create_table(
        DatabaseName="donnees",
        TableInput={"Name": "rdv", "StorageDescriptor": {"Location": "s3://donnees/rdv/", "Columns": []}},
    )
    return Expected(id=make.at("glue", "table/donnees/rdv"), name="rdv")


@seed("glue.connection")
def glue_connection(make: Make) -> Expected:
    make.glue.create_connection(
        ConnectionInput={
            "Name": "lien",
            "ConnectionType": "JDBC",
            "ConnectionProperties": {"JDBC_CONNECTION_URL": "jdbc:postgresql://base.example:5432/rdv"},
        }
    )
    return Expected(id=make.at("glue", "connection/lien"), name="lien")


@seed("glue.crawler")
def crawler(make: Make) -> Expected:
    make.glue.create_crawler(Name="parcours", Role=make.role, Targets={"S3Targets": [{"Path": "s3://donnees/"}]})
    return Expected(id=make.at("glue", "crawler/parcours"), name="parcours")


@seed("glue.job")
def job(make: Make) -> Expected:
    make.glue.create_job(Name="nuit", Role=make.role, Command={"Name": "glueetl", "ScriptLocation": "s3://s/x.py"})
    return Expected(id=make.at("glue", "job/nuit"), name="nuit")


@seed("glue.security_configuration")
def security(make: Make) -> Expected:
    make.glue.create_security_configuration(
        Name="chiffre",
        EncryptionConfiguration={"S3Encryption": [{"S3EncryptionMode": "SSE-KMS", "KmsKeyArn": make.key}]},
    )
    return Expected(id=make.at("glue", "security_configuration/chiffre"), name="chiffre")


@seed("athena.workgroup")
def workgroup(make: Make) -> Expected:
    make.athena.create_work_group(
        Name="analyses",
        Configuration={
            "ResultConfiguration": {
                "OutputLocation": "s3://resultats/",
                "EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": make.key},
            }
        },
        Tags=make.pairs,
    )
    return Expected(id=make.at("athena", "workgroup/analyses"), name="analyses", **with_key(make.key))


@seed("athena.data_catalog")
def catalogue(make: Make) -> Expected:
    make.athena.create_data_catalog(Name="externe", Type="GLUE", Parameters={"catalog-id": "123456789012"})
    return Expected(id=make.at("athena", "datacatalog/externe"), name="externe")


@seed("lakeformation.resource")
def lake(make: Make) -> Expected:
    target = make.bucket("lac")
    make.lakeformation.register_resource(ResourceArn=target, RoleArn=make.role)
    return Expected(id=make.at("lakeformation", f"resource/{target}"))


@seed("quicksight.data_source")
def quicksight(make: Make) -> Expected:
    made = make.quicksight.create_data_source(
        AwsAccountId="123456789012",
        DataSourceId="source",
        Name="source",
        Type="ATHENA",
        DataSourceParameters={"AthenaParameters": {"WorkGroup": "analyses"}},
    )
    return Expected(id=made["Arn"])


@seed("apigateway.rest_api")
def rest(make: Make) -> Expected:
    made = make.apigateway.create_rest_api(name="api", tags=TAGS)
    return Expected(id=f"arn:aws:apigateway:eu-west-3::/restapis/{made['id']}", name="api")


@seed("apigatewayv2.api")
def api(make: Make) -> Expected:
    made = make.apigatewayv2.create_api(Name="api", ProtocolType="HTTP", Tags=TAGS)
    return Expected(id=f"arn:aws:apigateway:eu-west-3::/apis/{made['ApiId']}", name="api")


@seed("appsync.graphql_api")
def graphql(make: Make) -> Expected:
    made = make.appsync.create_graphql_api(name="api", authenticationType="API_KEY", tags=TAGS)["graphqlApi"]
    return Expected(id=made["arn"], name="api")


@seed("acm.certificate")
def certificate(make: Make) -> Expected:
    made = make.acm.request_certificate(DomainName="hopital.example", ValidationMethod="DNS", Tags=make.pairs)
    return Expected(id=made["CertificateArn"])


@seed("acm-pca.certificate_authority")
def authority(make: Make) -> Expected:
    made = make.acm_pca.create_certificate_authority(
        CertificateAuthorityConfiguration={
            "KeyAlgorithm": "RSA_4096",
            "SigningAlgorithm": "SHA512WITHRSA",
            "Subject": {"CommonName": "hopital.example"},
        },
        CertificateAuthorityType="ROOT",
    )
    return Expected(id=made["CertificateAuthorityArn"])


@seed("cloudfront.distribution")
def distribution(make: Make) -> Expected:
    cache = {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only", "MinTTL": 0}
    cache["ForwardedValues"] = {"QueryString": False, "Cookies": {"Forward": "none"}}
    origin = {
        "Id": "o",
        "DomainName": "site.example",
        "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"},
    }
    made = make.client("cloudfront", "us-east-1").create_distribution(
        DistributionConfig={
            "CallerReference": "r",
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": cache,
            "Comment": "site",
            "Enabled": True,
        }
    )["Distribution"]
    return Expected(id=made["ARN"], region="global")


@seed("codepipeline.pipeline")
def pipeline(make: Make) -> Expected:
    stage = {
        "name": "Source",
        "actions": [
            {
                "name": "S",
                "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
                "configuration": {"S3Bucket": "sources", "S3ObjectKey": "a.zip"},
                "outputArtifacts": [{"name": "a"}],
            }
        ],
    }
    deploy = {
        "name": "Deploy",
        "actions": [
            {
                "name": "D",
                "actionTypeId": {"category": "Deploy", "owner": "AWS", "provider": "S3", "version": "1"},
                "configuration": {"BucketName": "site", "Extract": "true"},
                "inputArtifacts": [{"name": "a"}],
            }
        ],
    }
    make.codepipeline.create_pipeline(
        pipeline={
            "name": "livraison",
            "roleArn": make.role,
            "artifactStore": {
                "type": "S3",
                "location": "artefacts",
                "encryptionKey": {"id": make.key, "type": "KMS"},
            },
            "stages": [stage, deploy],
            "version": 1,
        }
    )
    return Expected(id=make.at("codepipeline", "livraison"), name="livraison", **with_key(make.key))


@seed("synthetics.canary")
def canary(make: Make) -> Expected:
    make.synthetics.create_canary(
        Name="canari",
        Code={"Handler": "h.h"},
        ArtifactS3Location="s3://artefacts/",
        ExecutionRoleArn=make.role,
        Schedule={"Expression": "rate(1 day)"},
        RuntimeVersion="syn-nodejs-puppeteer-9.0",
    )
    return Expected(id=make.at("synthetics", "canary:canari"), name="canari")


@seed("amp.workspace")
def prometheus(make: Make) -> Expected:
    made = make.amp.create_workspace(alias="mesures", kmsKeyArn=make.key, tags=TAGS)
    return Expected(id=made["arn"])


@seed("ram.resource_share")
def share(make: Make) -> Expected:
    made = make.ram.create_resource_share(name="partage")["resourceShare"]
    return Expected(id=made["resourceShareArn"])
