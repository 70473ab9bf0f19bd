"""
Addresses for the steps of claims that were made before steps had one.

Their receipts lead there as everybody's do, so nobody who registered early meets a page that is
no more. In small steps beside the service, and soon nothing is left to do.
"""
import logging

from attribution.service import Service
from attribution.store import StoreError, page_links

log = logging.getLogger("attribution")

# In one go; the next one comes soon.
_MOST = 500


def give(service: Service) -> int:
    """Give an address to claims without one; return to how many."""
    links, campaign = service.links, service.campaign.id
    try:
        with service.store.read() as connection:
            rows = page_links.without_page(connection, campaign, _MOST)
        if rows:
            pages = {
                row["digest"]: links.digest_of(links.steps(int(row["claim"]))) for row in rows
            }
            service.store.write(lambda c: page_links.give_pages(c, campaign, pages))
        return len(rows)
    except StoreError as error:
        log.error("addresses of steps: not given: %s", error)
        return 0
