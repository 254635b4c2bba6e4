"""What lies in an envelope, and what cannot be made of it."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.public import PrivateKey

from assessments.services import sealing
from assessments.services.sealing import ALPHABET, Ballot, SpoiledError

PRIVATE = PrivateKey.generate()
PUBLIC = bytes(PRIVATE.public_key)
INVITATION = uuid.UUID(int=7)
BOUND = sealing.binding(1, INVITATION)
SIZE = sealing.envelope_size(43)
codes = st.text(ALPHABET, min_size=0, max_size=60)
comments = st.text(st.characters(exclude_categories=["Cs"]), max_size=1000)


def seal(ballot: Ballot, *, bound: bytes = BOUND, size: int = SIZE) -> bytes:
    return sealing.seal(ballot, public_key=PUBLIC, bound=bound, size=size)


@given(codes=codes, comment=comments)
def test_what_was_sealed_comes_out_again(codes, comment):
    sealed = seal(Ballot(codes=codes, comment=comment))

    assert sealing.unseal(sealed, private=PRIVATE, bound=BOUND, paper=False) == Ballot(codes, comment)


@given(codes=codes, unit=st.integers(0, 2**32 - 1), audience=st.sampled_from(["staff", "manager"]))
def test_a_paper_ballot_carries_unit_and_audience(codes, unit, audience):
    ballot = Ballot(codes=codes, unit=unit, audience=audience)
    bound = sealing.binding(1, None)

    sealed = seal(ballot, bound=bound, size=sealing.paper_size(60))

    assert sealing.unseal(sealed, private=PRIVATE, bound=bound, paper=True) == ballot


@pytest.mark.parametrize("comment", ["", "x", "é" * 1000, "😀" * 1000])
@pytest.mark.parametrize("codes", ["", "5" * 43])
def test_every_envelope_has_the_same_size(codes, comment):
    assert len(seal(Ballot(codes=codes, comment=comment))) == SIZE == 4096


def test_the_check_of_sizes_finds_an_envelope_that_is_not_padded(monkeypatch):
    monkeypatch.setattr(sealing, "pack", lambda ballot, *, bound, size: ballot.comment.encode())

    assert len(seal(Ballot("1", "short"))) != len(seal(Ballot("1", "a longer remark")))


def test_a_long_questionnaire_has_larger_envelopes_that_hold_the_longest_comment():
    size = sealing.envelope_size(500)

    assert size % 1024 == 0
    assert len(seal(Ballot("b" * 500, "😀" * 1000), size=size)) == size


def test_sealing_the_same_answers_twice_gives_other_bytes():
    assert seal(Ballot("123")) != seal(Ballot("123"))


def test_a_flipped_bit_anywhere_spoils_the_envelope():
    sealed = seal(Ballot("123", "a remark"))

    for place in range(0, len(sealed), 61):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(SpoiledError):
            sealing.unseal(bytes(changed), private=PRIVATE, bound=BOUND, paper=False)


@pytest.mark.parametrize(
    "bound", [sealing.binding(2, INVITATION), sealing.binding(1, uuid.UUID(int=8)), sealing.binding(1, None)]
)
def test_an_envelope_moved_to_another_cycle_or_invitation_is_spoiled(bound):
    with pytest.raises(SpoiledError):
        sealing.unseal(seal(Ballot("123")), private=PRIVATE, bound=bound, paper=False)


def test_another_key_opens_nothing():
    with pytest.raises(SpoiledError):
        sealing.unseal(seal(Ballot("123")), private=PrivateKey.generate(), bound=BOUND, paper=False)


@given(plain=st.binary(max_size=200), paper=st.booleans())
def test_whatever_is_not_well_formed_is_spoiled_and_never_another_fault(plain, paper):
    head = sealing.HEADER.pack(sealing.VERSION, BOUND, 40, 3)
    for text in (plain, head + plain):
        try:
            sealing.unpack(text, bound=BOUND, paper=paper)
        except SpoiledError:
            continue
        assert text.startswith(head)


def test_bytes_behind_the_comment_are_not_accepted():
    plain = bytearray(sealing.pack(Ballot("123", "ab"), bound=BOUND, size=100))
    plain[-1] = 1

    with pytest.raises(SpoiledError):
        sealing.unpack(bytes(plain), bound=BOUND, paper=False)


@pytest.mark.parametrize(
    "ballot",
    [Ballot("12c"), Ballot("1?"), Ballot("1", "x" * 1001), Ballot("1" * 9000)],
    ids=["c", "?", "comment", "length"],
)
def test_what_does_not_fit_is_refused_before_it_is_sealed(ballot):
    with pytest.raises(ValueError):
        seal(ballot)


def test_keys_of_a_draft_differ_by_browser_and_by_invitation_and_tell_nothing_of_each_other():
    keys = [
        sealing.draft_keys(secret, invitation)
        for secret in (b"a" * 16, b"b" * 16)
        for invitation in (INVITATION, uuid.UUID(int=8))
    ]

    assert len({row for row, _key in keys} | {key.hex() for _row, key in keys}) == 8


def test_a_short_secret_is_refused():
    with pytest.raises(ValueError):
        sealing.draft_keys(b"too short", INVITATION)
