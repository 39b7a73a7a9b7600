"""A small stack with one resource of each kind that `gangway local` plays: a stand-in for the product's own."""

import json

import pulumi
import pulumi_aws as aws

prefix = f"{pulumi.get_project()}-{pulumi.get_stack()}"

table = aws.dynamodb.Table(
    "table",
    name=prefix,
    billing_mode="PAY_PER_REQUEST",
    hash_key="pk",
    range_key="sk",
    attributes=[{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}],
    ttl={"enabled": True, "attribute_name": "ttl"},
    stream_enabled=True,
    stream_view_type="NEW_AND_OLD_IMAGES",
    opts=pulumi.ResourceOptions(protect=True),
)
key = aws.kms.Key("key", description="encrypts the sample")
aws.kms.Alias("alias", name=f"alias/{prefix}", target_key_id=key.key_id)
secret = aws.secretsmanager.Secret("secret", name=f"{prefix}/tokens/00", kms_key_id=key.arn)
bus = aws.cloudwatch.EventBus("bus", name=prefix)
dead_letters = aws.sqs.Queue("dead-letters", name=f"{prefix}-dead-letters")
role = aws.iam.Role(
    "role", name=f"{prefix}-role", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": []})
)

pulumi.export("tableName", table.name)
pulumi.export("eventBusName", bus.name)
pulumi.export("greeting", pulumi.Config().get("greeting"))
