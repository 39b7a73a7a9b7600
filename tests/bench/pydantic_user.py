"""The same user by hand-written pydantic models: what speed a compiled validator has, as a figure to beat.

The models say of every attribute what pydantic can check quickly: its type, its suggested values and its single value.
They ignore what the schema does not define, as a lenient dialect does, and keep no case rules, duplicates, primaries,
mutability or dialects, so they do less.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr
from pydantic.alias_generators import to_camel

from gangway.scim.schema import ENTERPRISE_USER

Text = Annotated[StrictStr, Field(min_length=1)]


class Part(BaseModel):
    """What all have in common: names in camelCase, and the unknown ignored."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore")


class Name(Part):
    """`name`."""

    formatted: Text | None = None
    family_name: Text | None = None
    given_name: Text | None = None
    middle_name: Text | None = None
    honorific_prefix: Text | None = None
    honorific_suffix: Text | None = None


class Value(Part):
    """An e-mail address, a telephone number, a role and whatever else has a value and labels."""

    value: Text | None = None
    display: Text | None = None
    type: Text | None = None
    primary: StrictBool | None = None


class Address(Part):
    """One of `addresses`."""

    formatted: Text | None = None
    street_address: Text | None = None
    locality: Text | None = None
    region: Text | None = None
    postal_code: Text | None = None
    country: Text | None = None
    type: Text | None = None
    primary: StrictBool | None = None


class Manager(Part):
    """`manager` of the enterprise extension."""

    value: Text | None = None
    ref: Text | None = Field(None, alias="$ref")
    display_name: Text | None = None


class Enterprise(Part):
    """The enterprise extension."""

    employee_number: Text | None = None
    cost_center: Text | None = None
    organization: Text | None = None
    division: Text | None = None
    department: Text | None = None
    manager: Manager | None = None


class Meta(Part):
    """`meta`."""

    resource_type: Text | None = None
    created: Text | None = None
    last_modified: Text | None = None
    location: Text | None = None
    version: Text | None = None


class PydanticUser(Part):
    """A user with the attributes of RFC 7643 sections 4.1 and 4.3."""

    schemas: list[Text]
    id: Text | None = None
    external_id: Text | None = None
    meta: Meta | None = None
    user_name: Text
    name: Name | None = None
    display_name: Text | None = None
    nick_name: Text | None = None
    profile_url: Text | None = None
    title: Text | None = None
    user_type: Text | None = None
    preferred_language: Text | None = None
    locale: Text | None = None
    timezone: Text | None = None
    active: StrictBool | None = None
    password: Text | None = None
    emails: list[Value] | None = None
    phone_numbers: list[Value] | None = None
    ims: list[Value] | None = None
    photos: list[Value] | None = None
    addresses: list[Address] | None = None
    groups: list[Value] | None = None
    entitlements: list[Value] | None = None
    roles: list[Value] | None = None
    x509_certificates: list[Value] | None = Field(None, alias="x509Certificates")
    enterprise: Enterprise | None = Field(None, alias=ENTERPRISE_USER)
