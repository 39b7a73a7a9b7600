"""What the admin API takes and gives. Names are camelCase on the wire; what is not known is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from gangway.access.token import Scope  # noqa: TC001 - pydantic reads annotations when the class is made

if TYPE_CHECKING:
    from gangway.access.organization import Organization
    from gangway.access.token import TokenRecord

Provider = Literal["generic", "jumpcloud", "entra", "okta", "onelogin", "google", "ping"]
Label = Annotated[str, Field(min_length=1, max_length=100)]


class AdminModel(BaseModel):
    """Base of all bodies."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class NewOrganization(AdminModel):
    """Body of POST /orgs."""

    name: Annotated[str, Field(max_length=63)]
    display_name: Annotated[str, Field(max_length=200)] = ""
    provider: Provider = "generic"
    strict: bool = False


class NewToken(AdminModel):
    """Body of POST /orgs/{org}/tokens."""

    label: Label
    expires: AwareDatetime | None = None
    scopes: tuple[Scope, ...] = ()


class OrganizationView(AdminModel):
    """An organization as operators see it."""

    id: str
    name: str
    display_name: str
    provider: str
    strict: bool
    state: str
    created: str
    token_limit: int
    scim_base_url: str | None
    """For identity providers; None when the function has not been told the public URL."""
    provisioning_base_url: str | None
    """The form without the organization's name; the token alone decides."""

    @classmethod
    def of(cls, organization: Organization, public_url: str | None) -> OrganizationView:
        """The view of an organization."""
        base = public_url.rstrip("/") if public_url else None
        return cls(
            id=organization.id,
            name=organization.name,
            display_name=organization.display_name,
            provider=organization.provider,
            strict=organization.strict,
            state=organization.state,
            created=_time(organization.created),
            token_limit=organization.token_limit,
            scim_base_url=f"{base}/scim/v2/{organization.name}" if base else None,
            provisioning_base_url=f"{base}/provisioning/{organization.provider}/v2" if base else None,
        )


class TokenView(AdminModel):
    """A token as operators see it: never its text, nor its hash."""

    key_id: str
    label: str
    creator: str
    created: str
    expires: str | None
    scopes: tuple[str, ...]
    state: str
    """active, suspended, revoked, or expired."""

    @classmethod
    def of(cls, record: TokenRecord, now: datetime) -> TokenView:
        """The view of a token's record."""
        expired = record.state == "active" and record.expires is not None and record.expires <= now
        return cls(
            key_id=record.key_id,
            label=record.label,
            creator=record.creator,
            created=_time(record.created),
            expires=_time(record.expires) if record.expires else None,
            scopes=tuple(sorted(record.scopes)),
            state="expired" if expired else record.state,
        )


def to_json(view: AdminModel) -> dict[str, Any]:
    """The wire form of a view."""
    return view.model_dump(by_alias=True, mode="json")


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
