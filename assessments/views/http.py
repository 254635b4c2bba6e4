"""What the views of this app share about requests."""

from typing import Any

from organisation.views import http


class PersonRequest(http.PersonRequest):
    """A request of somebody who has signed in."""

    linked_invitation: Any  # set where a personal link opened the page: an Invitation
