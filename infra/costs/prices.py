"""List prices of AWS in us-east-1, with the page of AWS that is the authority for each.

They are as known on the day below; no program looks them up, and AWS's pages were not read for them that day: where a
page says something else, the page is right. Free tiers and discounts are left out; other regions have other prices.
"""

from __future__ import annotations

from dataclasses import dataclass

REGION = "us-east-1"
AS_OF = "2026-11-25"
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """A price of AWS.

    Attributes:
        what: that is paid for.
        dollars: US dollars for `per` of it.
        per: how many of `what` the dollars buy.
        page: of AWS, where it can be checked.
    """

    what: str
    dollars: float
    per: int
    page: str

    def of(self, number: float) -> float:
        """Dollars for so many."""
        return number * self.dollars / self.per


_DYNAMODB = "https://aws.amazon.com/dynamodb/pricing/on-demand/"
_LAMBDA = "https://aws.amazon.com/lambda/pricing/"
_CLOUDWATCH = "https://aws.amazon.com/cloudwatch/pricing/"
_FIREWALL = "https://aws.amazon.com/waf/pricing/"

READ = Price("DynamoDB read request units", 0.125, MILLION, _DYNAMODB)
WRITE = Price("DynamoDB write request units", 0.625, MILLION, _DYNAMODB)
COPIED_WRITE = Price("DynamoDB write request units, copied to another region", 0.625, MILLION, _DYNAMODB)
STORAGE = Price("GB-months in the table", 0.25, 1, _DYNAMODB)
RECOVERY = Price("GB-months of point-in-time recovery", 0.20, 1, _DYNAMODB)
GATEWAY = Price("requests to a REST API", 3.50, MILLION, "https://aws.amazon.com/api-gateway/pricing/")
INVOCATION = Price("Lambda invocations", 0.20, MILLION, _LAMBDA)
COMPUTE = Price("Lambda GB-seconds on arm64", 13.3334, MILLION, _LAMBDA)
EVENT = Price("custom events on EventBridge", 1.00, MILLION, "https://aws.amazon.com/eventbridge/pricing/")
SECRET = Price("secret-months", 0.40, 1, "https://aws.amazon.com/secrets-manager/pricing/")
KEY = Price("KMS key-months", 1.00, 1, "https://aws.amazon.com/kms/pricing/")
ALARM = Price("alarm-months", 0.10, 1, _CLOUDWATCH)
DASHBOARD = Price("dashboard-months", 3.00, 1, _CLOUDWATCH)
METRIC = Price("custom metric-months", 0.30, 1, _CLOUDWATCH)
LOG = Price("GB of logs taken in", 0.50, 1, _CLOUDWATCH)
WEB_ACL = Price("web ACL-months", 5.00, 1, _FIREWALL)
FIREWALL_RULE = Price("firewall rule-months", 1.00, 1, _FIREWALL)
INSPECTED = Price("requests that the firewall inspects", 0.60, MILLION, _FIREWALL)

PRICES = (
    *(READ, WRITE, COPIED_WRITE, STORAGE, RECOVERY, GATEWAY, INVOCATION, COMPUTE, EVENT, SECRET, KEY),
    *(ALARM, DASHBOARD, METRIC, LOG, WEB_ACL, FIREWALL_RULE, INSPECTED),
)
