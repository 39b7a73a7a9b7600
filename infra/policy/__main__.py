"""What `pulumi preview --policy-pack infra/policy` starts: it serves the rules until Pulumi ends it."""

from pulumi_policy import EnforcementLevel, PolicyPack

from infra.policy.pack import NAME, policies

PolicyPack(NAME, policies(), EnforcementLevel.MANDATORY)
