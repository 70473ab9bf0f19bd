"""`attribution terms`: the versions of the rule."""
from attribution import judging
from attribution.cli.commands import Where, command
from attribution.cli.tools import Opened
from attribution.rule import instants
from attribution.rule import terms as rules
from attribution.store import registry, standings


@command("terms")
def run(where: Where) -> None:
    with Opened(where) as here:
        with here.store.read() as connection:
            versions = registry.terms(connection, here.campaign.id)
            used = {row["policy"]: row["n"] for row in standings.policies(
                connection, here.campaign.id)}
        now = rules.version_of(judging.told_terms(here.campaign))
    for row in versions:
        state = "in force" if row["version"] == now else "-"
        print("\t".join((
            row["version"], instants.local_text(row["at"]), state,
            f"{used.get(row['version'], 0)} credits", row["terms"],
        )))
