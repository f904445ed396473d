"""Machine learning: notebooks, models, jobs."""

from typing import Any

from tests.providers.aws.seeds.making import Expected, Make, seed, with_key

IMAGE = "123456789012.dkr.ecr.eu-west-3.amazonaws.com/m:1"


def _model(make: Make) -> str:
    return str(
        make.sagemaker.create_model(ModelName="modele", ExecutionRoleArn=make.role, PrimaryContainer={"Image": IMAGE})[
            "ModelArn"
        ]
    )


def _resources(make: Make) -> dict[str, Any]:
    return {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1, "VolumeKmsKeyId": make.key}


@seed("sagemaker.model")
def model(make: Make) -> Expected:
    return Expected(id=_model(make))


@seed("sagemaker.notebook_instance")
def notebook(make: Make) -> Expected:
    made = make.sagemaker.create_notebook_instance(
        NotebookInstanceName="carnet", InstanceType="ml.t3.medium", RoleArn=make.role, KmsKeyId=make.key
    )
    return Expected(id=made["NotebookInstanceArn"], **with_key(make.key))


@seed("sagemaker.endpoint_config")
def endpoint_config(make: Make) -> Expected:
    _model(make)
    made = make.sagemaker.create_endpoint_config(
        EndpointConfigName="config",
        ProductionVariants=[
            {"VariantName": "v", "ModelName": "modele", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
        ],
        KmsKeyId=make.key,
    )
    return Expected(id=made["EndpointConfigArn"], **with_key(make.key))


@seed("sagemaker.domain")
def domain(make: Make) -> Expected:
    made = make.sagemaker.create_domain(
        DomainName="studio",
        AuthMode="IAM",
        DefaultUserSettings={"ExecutionRole": make.role},
        SubnetIds=make.subnets,
        VpcId=make.vpc,
        KmsKeyId=make.key,
    )
    return Expected(id=made["DomainArn"], **with_key(make.key))


@seed("sagemaker.training_job")
def training(make: Make) -> Expected:
    made = make.sagemaker.create_training_job(
        TrainingJobName="entrainement",
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        RoleArn=make.role,
        OutputDataConfig={"S3OutputPath": "s3://sortie/x", "KmsKeyId": make.key},
        ResourceConfig=_resources(make),
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )
    return Expected(id=made["TrainingJobArn"])


@seed("sagemaker.processing_job")
def processing(make: Make) -> Expected:
    made = make.sagemaker.create_processing_job(
        ProcessingJobName="traitement",
        ProcessingResources={"ClusterConfig": _resources(make)},
        AppSpecification={"ImageUri": IMAGE},
        RoleArn=make.role,
    )
    return Expected(id=made["ProcessingJobArn"])


@seed("sagemaker.transform_job")
def transform(make: Make) -> Expected:
    _model(make)
    made = make.sagemaker.create_transform_job(
        TransformJobName="transformation",
        ModelName="modele",
        TransformInput={"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://entree/x"}}},
        TransformOutput={"S3OutputPath": "s3://sortie/x", "KmsKeyId": make.key},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    return Expected(id=made["TransformJobArn"])


@seed("transcribe.medical_job")
def dictation(make: Make) -> Expected:
    make.bucket("dictees")
    make.transcribe.start_medical_transcription_job(
        MedicalTranscriptionJobName="dictee",
        LanguageCode="en-US",
        Media={"MediaFileUri": "s3://dictees/a.mp3"},
        OutputBucketName="dictees",
        OutputEncryptionKMSKeyId=make.key,
        Specialty="PRIMARYCARE",
        Type="DICTATION",
    )
    return Expected(id=make.at("transcribe", "medical-transcription-job/dictee"), name="dictee")


@seed("transcribe.job")
def transcription(make: Make) -> Expected:
    make.transcribe.start_transcription_job(
        TranscriptionJobName="appel", LanguageCode="fr-FR", Media={"MediaFileUri": "s3://appels/a.mp3"}
    )
    return Expected(id=make.at("transcribe", "transcription-job/appel"), name="appel")


@seed("polly.lexicon")
def lexicon(make: Make) -> Expected:
    content = '<?xml version="1.0"?><lexicon version="1.0" xmlns="http://www.w3.org/2005/01/pronunciation-lexicon"/>'
    make.polly.put_lexicon(Name="noms", Content=content)
    return Expected(id=make.at("polly", "lexicon/noms"), name="noms")
