"""The Lambda function behind the admin API: wiring and entry point."""

# ruff: noqa: E402 - the collector must be off before anything is imported, see `scim_api`
import gc

gc.disable()

from ipaddress import ip_network

from gangway.access.kill_switch import KillSwitch
from gangway.access.organizations import Organizations
from gangway.access.revocation import Revocation
from gangway.access.tokens import Tokens
from gangway.access.vault_upkeep import VaultUpkeep
from gangway.changes.security_event import TokenMaker
from gangway.changes.trace import Trace
from gangway.changes.webhooks.administration import Webhooks
from gangway.changes.webhooks.message import Messages
from gangway.changes.webhooks.redelivery import Redelivery
from gangway.changes.webhooks.snapshot_delivery import SnapshotDelivery
from gangway.clock import SystemClock
from gangway.directory.context import RequestContext
from gangway.directory.resources import Directory
from gangway.directory.upkeep.erasure import Erasure
from gangway.directory.upkeep.export import Export
from gangway.directory.upkeep.fsck import Fsck
from gangway.directory.upkeep.import_ import Import
from gangway.directory.upkeep.undelete import Undelete
from gangway.directory.users import Users
from gangway.http.admin.api import AdminApi
from gangway.http.admin.directory import DirectoryDoor, directory_area
from gangway.http.admin.events import event_area
from gangway.http.admin.fsck import fsck_area
from gangway.http.admin.organizations import organization_area
from gangway.http.admin.requests import request_area
from gangway.http.admin.tokens import token_area
from gangway.http.admin.transfer import transfer_area
from gangway.http.admin.webhooks import webhook_area
from gangway.scim.schema import load_registry
from gangway.settings import AdminApiSettings, extension_files
from gangway.storage import aws
from gangway.storage.change_log import ChangeLogTable
from gangway.storage.directory_store import DirectoryTable, open_directory
from gangway.storage.endpoints import EndpointTable
from gangway.storage.event_signing import SigningKey
from gangway.storage.failures import FailureTable
from gangway.storage.fsck.inspector import open_inspector
from gangway.storage.functions import DispatcherBell, SenderFunction
from gangway.storage.graves import GraveTable
from gangway.storage.organizations import OrganizationTable
from gangway.storage.snapshot_reader import SnapshotReader
from gangway.storage.table import together
from gangway.storage.token_vault import TokenVault
from gangway.storage.traces import TraceTable

settings = AdminApiSettings.from_environment()
clock = SystemClock()
registry = load_registry(extension_files())
records = OrganizationTable(aws.dynamodb(), settings.table)
vault = TokenVault(
    aws.secrets_manager(),
    secret_prefix=settings.token_secrets,
    shards=settings.token_shards,
    dedicated=settings.dedicated_secrets,
)
organizations = Organizations(records, clock)
tokens = Tokens(records, vault, clock, token_prefix=settings.token_prefix)


def directory_of(organization_id: str) -> DirectoryTable:
    """The directory of an organization."""
    return open_directory(aws.dynamodb(), settings.table, organization_id, clock)


def counts(organization_id: str) -> tuple[int, int]:
    """The number of users and of groups of an organization."""
    heads = directory_of(organization_id).heads
    return heads.count("User"), heads.count("Group")


def fsck_of(organization_id: str) -> Fsck:
    """The check of an organization."""
    return Fsck(open_inspector(aws.dynamodb(), settings.table, organization_id, registry, clock, vault))


def users_for(context: RequestContext) -> Users:
    """The users of an organization, for one request."""
    return Users(directory_of(context.organization_id), registry, context, clock)


def directory_for(context: RequestContext) -> Directory:
    """The directory of an organization, for one request."""
    return Directory(directory_of(context.organization_id), registry, context, clock)


def graves_of(organization_id: str) -> GraveTable:
    """The deleted users of an organization."""
    return GraveTable(aws.dynamodb(), settings.table, organization_id)


def erasure_for(context: RequestContext) -> Erasure:
    """Erases persons, for one request."""
    traces = TraceTable(aws.dynamodb(), settings.table, context.organization_id, clock)
    return Erasure(users_for(context), graves_of(context.organization_id), traces)


def import_for(context: RequestContext, rehearse: bool) -> Import:
    """Imports rows, for one request."""
    store = directory_of(context.organization_id)
    return Import(store, registry, context, clock, together, rehearse=rehearse)


log = ChangeLogTable(aws.dynamodb(), settings.table, clock)
endpoints = EndpointTable(aws.dynamodb(), settings.table, clock)
reader = SnapshotReader(aws.dynamodb(), settings.table, clock)
signing_key = SigningKey(aws.key_management(), settings.event_signing_key)
bell = DispatcherBell(aws.functions(), settings.webhook_dispatcher)
sender = SenderFunction(aws.functions(), settings.webhook_sender)
networks = [ip_network(network) for network in settings.webhook_networks]
messages = Messages(TokenMaker(settings.public_url or "", signing_key, clock))
door = DirectoryDoor(organizations, registry, directory_for, settings.public_url, settings.tombstone_days)

api = AdminApi(
    [
        organization_area(organizations, tokens, counts, registry, clock, public_url=settings.public_url),
        token_area(
            organizations,
            tokens,
            Revocation(records, vault, clock),
            KillSwitch(records, vault, clock),
            VaultUpkeep(records, vault, clock),
            clock,
        ),
        request_area(organizations, FailureTable(aws.dynamodb(), settings.table, clock), clock),
        directory_area(
            door, lambda context: Undelete(users_for(context), graves_of(context.organization_id)), erasure_for
        ),
        transfer_area(door, import_for, lambda context: Export(directory_of(context.organization_id))),
        fsck_area(organizations, fsck_of),
        event_area(organizations, log, reader, Trace(log, endpoints), signing_key.public, clock),
        webhook_area(
            organizations,
            log,
            Webhooks(endpoints, log, sender, clock, networks),
            Redelivery(endpoints, log, bell, clock),
            SnapshotDelivery(endpoints, log, reader, messages, sender, bell, clock),
        ),
    ]
)
handler = api.handle

gc.freeze()
gc.enable()
