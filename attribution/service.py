"""
One running service: settings, campaign and store, opened together and checked.

The command line and the web both begin here, so that neither can run against a
database that lacks a migration or a campaign that does not pass its check.
"""
import contextlib
from dataclasses import dataclass

from attribution import deeds, judging, two_people
from attribution.deeds import Actor
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.master import Master, open_master
from attribution.resident.form_tokens import FormTokens
from attribution.resident.links import Links
from attribution.resident.scans import ScanLog
from attribution.rule import instants
from attribution.rule import terms as rules
from attribution.settings import Settings
from attribution.store import NewerLedger, Store, StoreError, open_store, registry, standings
from qrgen.faults import Fault
from qrgen.registry import Campaign


@dataclass(frozen=True)
class Service:
    """Everything a command or a view needs."""

    settings: Settings
    master: Master
    store: Store
    scans: ScanLog
    forms: FormTokens
    links: Links

    @property
    def campaign(self) -> Campaign:
        """The campaign as of the revision that this process knows."""
        return self.master.at(self.scans.version)

    def follow(self) -> None:
        """Read the newest revision, if this process does not know it yet: one row tells."""
        with self.store.read() as connection:
            newest = registry.version(connection, self.scans.campaign)
        if newest != self.scans.version:
            self.scans.reload()

    def keep_folder(self) -> None:
        """Let the campaign's folder follow what this process knows."""
        self.master.keep_folder(self.scans.snapshot().version)

    @property
    def ledger(self) -> Ledger:
        """The rows, and what the campaign says."""
        return Ledger(self.store, self.campaign)

    def close(self) -> None:
        self.store.close()


def open_service(
    settings: Settings, *, migrating: bool = False, trial: bool = False
) -> Service:
    """
    Open the service that *settings* describe.

    Args:
        migrating: Bring the schema up to date instead of refusing an old one.
        trial: Write nothing, not even under which terms the campaign is from now on.

    Raises:
        Fault: the campaign or the database is not fit to run on.
    """
    store = open_store(settings.database)
    try:
        if migrating:
            store.migrate()
        else:
            store.refuse_newer()
            missing = store.missing_migrations()
            if missing:
                raise Fault(Code.DATABASE_LACKS, steps=missing)
        master, id = open_master(
            store, settings.campaign_folder, settings.instance, instants.now(), trial=trial
        )
        scans = ScanLog(store, id, settings.code_keys, settings.person_pepper)
        forms = FormTokens(settings.form_keys, settings.form_max_age_s)
        campaign = master.at(0)
        if "hash" in campaign.grades and settings.recipe is None:
            raise Fault(Code.RECIPE_MISSING)
        if not migrating:
            _refuse_earlier_rule(store, id)
        if not trial:
            _keep_terms(Ledger(store, campaign))
            _keep_rule(Ledger(store, campaign))
        # Under the one key that lasts as long as the campaign: addresses are found again.
        links = Links(settings.person_pepper, campaign.id)
        return Service(settings, master, store, scans, forms, links)
    except BaseException as error:
        # On every way out: a file that is open here cannot be removed on Windows.
        store.close()
        if isinstance(error, NewerLedger):
            raise Fault(Code.LEDGER_NEWER, newest=error.newest, known=error.known) from None
        if isinstance(error, StoreError):
            raise Fault(Code.DATABASE_CLOSED, error=str(error)) from None
        raise


def _refuse_earlier_rule(store: Store, campaign: str) -> None:
    """Refuse a ledger in which two rules would stand beside each other."""
    with store.read() as connection:
        earlier = standings.judged_before(connection, campaign)
    if earlier:
        raise Fault(Code.LEDGER_OTHER_RULE)


def _keep_rule(ledger: Ledger) -> None:
    """See that what counts takes two people, unless all of it is a demonstration."""
    if ledger.campaign.demo:
        return
    with contextlib.suppress(StoreError):
        with ledger.store.read() as connection:
            there = two_people.is_on(connection, ledger.campaign.id)
        if not there:
            deeds.do(
                ledger.store, Actor("campaign"), instants.now(),
                lambda doing: two_people.turn_on(doing, ledger.campaign.id),
            )


def _keep_terms(ledger: Ledger) -> None:
    """Write down under which version of its rule *campaign* is from now on."""
    version = rules.version_of(judging.told_terms(ledger.campaign))
    # A database that cannot be written still opens: the first credit writes it then.
    with contextlib.suppress(StoreError):
        with ledger.store.read() as connection:
            known = {row["version"] for row in registry.terms(connection, ledger.campaign.id)}
        if version not in known:
            now = instants.now()
            ledger.store.write(lambda c: judging.record_terms(ledger, c, now))
