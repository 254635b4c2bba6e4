"""What workers do for improvement: each job is one call of a service."""

from cfm.lib import jobs
from cfm.lib.jobs import Claim
from improvement.services import digests


@jobs.handler(digests.DIGEST)
def send_digest(claim: Claim) -> None:
    """Mail one person the digest of recognition."""
    digests.send(claim=claim)


jobs.periodic("recognition.digest")(digests.due)
