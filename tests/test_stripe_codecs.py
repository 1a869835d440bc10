"""Codecs of stripes: bits and text. Real vectors from manuals; noise upsets none of them."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.magstripe.pure import bits, idtech, text
from drivers.magstripe.pure.bits import ALPHA, NUMERIC, Alphabet
from drivers.magstripe.pure.track import Track, TrackError, last_four, luhn, summarize

ONE = "B4111111111111111^CARD/TEST^30121010000000000000"
TWO = "4111111111111111=30121010000000000000"
SEVEN_BIT = "".join(chr(code) for code in range(0x20, 0x60) if chr(code) not in "%?")
FIVE_BIT = "0123456789:<=>"


def stripe(alphabet: Alphabet, contents: str, zeros: tuple[int, int] = (20, 25)) -> str:
    return "0" * zeros[0] + alphabet.encode(contents) + "0" * zeros[1]


CLOCKING = st.tuples(st.integers(0, 80), st.integers(0, 80))


@given(st.text(SEVEN_BIT, max_size=76), CLOCKING, st.booleans())
def test_every_legal_track_1_comes_back(contents: str, zeros: tuple[int, int], backward: bool) -> None:
    coded = stripe(ALPHA, contents, zeros)
    found = bits.decode(1, coded[::-1] if backward else coded)
    assert (found.errors, found.contents, found.length) == (frozenset(), contents, len(contents) + 2)


@given(st.sampled_from([(2, 37), (3, 104)]), st.data(), CLOCKING, st.booleans())
def test_every_legal_track_2_and_3_comes_back(
    kind: tuple[int, int], data: st.DataObject, zeros: tuple[int, int], backward: bool
) -> None:
    number, longest = kind
    contents = data.draw(st.text(FIVE_BIT, max_size=longest))
    coded = stripe(NUMERIC, contents, zeros)
    found = bits.decode(number, coded[::-1] if backward else coded)
    assert (found.errors, found.contents) == (frozenset(), contents)


@given(st.text("01", max_size=800), st.integers(1, 3))
def test_any_bits_are_a_track_with_or_without_errors(noise: str, number: int) -> None:
    found = bits.decode(number, noise)
    assert found.good == (not found.errors)
    assert found.good or not found.contents


def test_other_texts_are_no_bits() -> None:
    with pytest.raises(ValueError, match="0 and 1"):
        bits.decode(1, "0120")


def test_a_card_swiped_backward_is_told() -> None:
    forward, backward = (bits.decode(1, way) for way in (stripe(ALPHA, ONE), stripe(ALPHA, ONE)[::-1]))
    assert (forward.backward, backward.backward) == (False, True)
    assert forward.zeros == backward.zeros == (20, 25)


def flipped(coded: str, *places: int) -> str:
    out = list(coded)
    for place in places:
        out[place] = "10"[int(out[place])]
    return "".join(out)


START, END, CHECK = 0, 5 * (1 + len(TWO)), 5 * (2 + len(TWO))
DAMAGE = {
    "nothing": ("", {TrackError.NO_DATA}),
    "clocking only": ("0" * 200, {TrackError.BLANK}),
    "one data bit": (flipped(NUMERIC.encode(TWO), 31), {TrackError.PARITY, TrackError.LRC}),
    "two bits of one character": (flipped(NUMERIC.encode(TWO), 30, 31), {TrackError.LRC}),
    "a parity bit": (flipped(NUMERIC.encode(TWO), 34), {TrackError.PARITY}),
    "start sentinel": (
        flipped(NUMERIC.encode(TWO), START + 1, START + 2),
        {TrackError.NO_START_SENTINEL, TrackError.LRC},
    ),
    "end sentinel": (flipped(NUMERIC.encode(TWO), END + 1, END + 2), {TrackError.NO_END_SENTINEL}),
    "the LRC": (flipped(NUMERIC.encode(TWO), CHECK), {TrackError.LRC}),
    "no LRC at all": (NUMERIC.encode(TWO)[:CHECK], {TrackError.LRC}),
    "torn off": (NUMERIC.encode(TWO)[:100], {TrackError.NO_END_SENTINEL}),
    "start and parity": (
        flipped(NUMERIC.encode(TWO), 1, 2, 34),
        {TrackError.NO_START_SENTINEL, TrackError.PARITY, TrackError.LRC},
    ),
    "too long": (NUMERIC.encode("4" * 60), {TrackError.OVERLONG}),
}


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("damage", DAMAGE)
def test_each_error_is_told_as_it_is(damage: str, backward: bool) -> None:
    coded, errors = DAMAGE[damage]
    whole = f"{'0' * 15}{coded}{'0' * 15}" if coded.strip("0") else coded
    assert bits.decode(2, whole[::-1] if backward else whole).errors == errors


@given(st.integers(2, 1 + len(TWO)), st.integers(0, 4), st.booleans())
def test_the_first_wrong_character_is_found_from_either_end(place: int, bit: int, backward: bool) -> None:
    coded = flipped(stripe(NUMERIC, TWO), 20 + 5 * (place - 1) + bit)
    assert bits.decode(2, coded[::-1] if backward else coded).wrong == place


def test_aamva_s_third_track_has_seven_bits() -> None:
    contents = "10920010000  C M506150BRNBRN"
    found = bits.decode(3, stripe(ALPHA, contents))
    assert (found.good, found.alpha, found.contents) == (True, True, contents)


# MSR606 programmer's manual chapter 9, its write vectors with the bits of each byte turned round, as they are read.
MANUAL = [(1, "A30D1E28A9727C54", "ABC123"), (2, "D4119257F5", "12345")]


@pytest.mark.parametrize(("number", "data", "contents"), MANUAL)
def test_vectors_of_a_manual(number: int, data: str, contents: str) -> None:
    assert bits.decode(number, f"{int(data, 16):0{4 * len(data)}b}").contents == contents


def test_contents_stay_out_of_every_text() -> None:
    found = bits.decode(2, stripe(NUMERIC, TWO))
    assert "4111" not in f"{found!r}{found}{text.parse(f';{TWO}?')!r}"


# what readers put around tracks, and what stripes and lines do to them; cases that other emulators brought
LICENCE = "%CADOE ROAD^JOHN$Q^1 MAIN ST?"


@pytest.mark.parametrize(
    ("said", "tracks"),
    [
        (f"%{ONE}?%;{TWO}?5\r", {1: set(), 2: set()}),  # LRC characters that are sentinels
        (f"%{ONE}?;;{TWO}?+\r", {1: set(), 2: set()}),
        (f"%{ONE}?K;{TWO}?5", {1: set(), 2: set()}),
        (f"!STCARD A %{ONE}?;{TWO}?\r", {1: set(), 2: set()}),  # a preamble
        (f";{TWO}?%{ONE}?\r", {1: set(), 2: set()}),  # track 2 first
        (f"%E?;E?\r%{ONE}?;{TWO}?\r", {1: set(), 2: set()}),  # swiped again at once: the good one counts
        ("%e?;e?\r", {1: {TrackError.UNREADABLE}, 2: {TrackError.UNREADABLE}}),
        (f"{ONE[20:]}?;{TWO}?", {1: {TrackError.NO_START_SENTINEL}, 2: set()}),
        (f"%{ONE}?{TWO[9:]}?\r", {1: set(), 2: {TrackError.NO_START_SENTINEL}}),  # half of track 2
        (f"{ONE[-7:]}?;{TWO}?\r", {1: {TrackError.NO_START_SENTINEL}, 2: set()}),  # the end of track 1
        (f"%{ONE[:20]};{TWO}?\r", {1: {TrackError.NO_END_SENTINEL}, 2: set()}),  # its beginning
        ("HOW ARE YOU? a=1, b=2\r", {}),
        (";", {}),
        ("\x80\xff;\xc3\xe1%\x98\xe0", {}),
    ],
)
def test_what_surrounds_tracks(said: str, tracks: dict[int, set[TrackError]]) -> None:
    assert {track.number: set(track.errors) for track in text.parse(said).tracks} == tracks


def test_noise_is_told_from_a_blank_track() -> None:
    assert text.parse("\x80\xff;\xc3\xe1%\x98\xe0").garbled
    assert not text.parse(f"x;{TWO}?").garbled
    assert not text.parse("%?;?").garbled


def test_tracks_in_their_order() -> None:
    """UIC MSR112 PM019 p. 13: DLE between tracks, each mark begins with `;`."""
    found = text.parse_in_order([";E?", f";{TWO}?", ";N?"])
    assert [(track.number, sorted(track.errors)) for track in found.tracks] == [(1, [TrackError.UNREADABLE]), (2, [])]


@pytest.mark.parametrize("swipe", [f";{TWO}?", LICENCE, "4111111111111111", "SMITH^JOHN"])
def test_a_swipe_in_a_frame_is_no_version(swipe: str) -> None:
    frame = b"\x02" + swipe.encode() + b"\x03"
    check = 0
    for byte in frame:
        check ^= byte
    with pytest.raises(ValueError, match="swipe_for_version"):
        idtech.version(frame + bytes((check,)))


TEXTS: dict[str, tuple[str, dict[int, set[TrackError]]]] = {
    "two tracks": (f"%{ONE}?;{TWO}?\r", {1: set(), 2: set()}),
    "a line each": (f"%{ONE}?\r\n;{TWO}?\r\n", {1: set(), 2: set()}),
    "three tracks": (f"%{ONE}?;{TWO}?+01{TWO}?", {1: set(), 2: set(), 3: set()}),
    "the stripe's own sentinel": (f";{TWO}?;01{TWO[:16]}=156156?", {2: set(), 3: set()}),
    "a licence": (
        "%CADOE ROAD^JOHN$Q^1 MAIN ST?;636014012345678=30121974011512=?%10920010000  C M506150BRNBRN?",
        {1: set(), 2: set(), 3: set()},
    ),
    "unreadable": ("%E?;E?+E?\r", {number: {TrackError.UNREADABLE} for number in (1, 2, 3)}),
    "one unreadable": (f"%E?;{TWO}?", {1: {TrackError.UNREADABLE}, 2: set()}),
    "empty between its sentinels": (f"%?;{TWO}?", {1: {TrackError.BLANK}, 2: set()}),
    "no end": (";4111111111111111=3012101", {2: {TrackError.NO_END_SENTINEL}}),
    "no end, then another track": (f"%{ONE};{TWO}?", {1: {TrackError.NO_END_SENTINEL}, 2: set()}),
    "no start": (f"{TWO}?", {2: {TrackError.NO_START_SENTINEL}}),
    "too long": (f";{'4' * 45}?", {2: {TrackError.OVERLONG}}),
    "masked": ("%*4111********1111^CARD/TEST^**********?*;4111********1111=************?*", {1: set(), 2: set()}),
    "nothing": ("\r\n", {}),
}


@pytest.mark.parametrize("case", TEXTS)
def test_texts(case: str) -> None:
    given_text, tracks = TEXTS[case]
    found = text.parse(given_text)
    assert {track.number: set(track.errors) for track in found.tracks} == tracks
    assert (found.setting, found.glued) == ("", False)


@pytest.mark.parametrize("swipe", [f";{TWO}?", f"%{ONE}?;{TWO}?", f"%{ONE}?;{TWO}?\r", "%E?;E?"])
def test_two_swipes_glued_together_are_not_three_tracks(swipe: str) -> None:
    found = text.parse(swipe + f"%{ONE}?;{TWO}?" if swipe == "%E?;E?" else swipe + swipe)
    assert found.glued
    assert [track.number for track in found.tracks] == [track.number for track in text.parse(swipe).tracks]


@pytest.mark.parametrize("swipe", [";1?", ";E?", "%E?"])
def test_a_long_row_of_swipes_is_its_first_good_one(swipe: str) -> None:
    found = text.parse(swipe * 1300)
    assert found.glued
    assert [track.number for track in found.tracks] == [track.number for track in text.parse(swipe).tracks]
    assert text.parse(swipe * 1300 + f"%{ONE}?").good


@pytest.mark.parametrize("said", [f"{ONE}\r{TWO}\r", f"{TWO}\r", f"{ONE}\r"])
def test_sentinels_left_out(said: str) -> None:
    assert text.parse(said).setting == text.NO_SENTINELS


@given(st.text(max_size=400))
def test_any_text_is_read_or_not(noise: str) -> None:
    found = text.parse(noise)
    assert len({track.number for track in found.tracks}) == len(found.tracks)


@given(st.text(string.digits + "%;?=^+E\r B/", max_size=200))
def test_texts_that_look_like_tracks_upset_nothing(noise: str) -> None:
    for track in text.parse(noise).tracks:
        if track.good and track.contents:
            summarize(track)
            last_four(track)


@pytest.mark.parametrize(
    ("number", "contents", "kind", "check_digit", "expiry"),
    [
        (1, ONE, "financial", True, True),
        (2, TWO, "financial", True, True),
        (2, "4111111111111112=3013101", "financial", False, False),
        (2, "4111000000001111=00000000", "financial", None, None),  # masked with zeros
        (2, "4111********1111=****", "financial", None, None),
        (2, "4111111111111111==101", "financial", True, None),
        (2, "636014012345678=30121974011512=", "aamva", None, None),
        (1, "CADOE ROAD^JOHN$Q^1 MAIN ST", "aamva", None, None),
        (1, "ANYTHING ELSE", "unknown", None, None),
        (3, "014111111111111111=156156000", "financial", True, None),
    ],
)
def test_formats(number: int, contents: str, kind: str, check_digit: bool | None, expiry: bool | None) -> None:
    found = summarize(Track(number, contents=contents))
    assert (found.format, found.check_digit, found.expiry) == (kind, check_digit, expiry)


@pytest.mark.parametrize("pan", ["4111111111111111", "5555555555554444", "378282246310005", "6011111111111117"])
def test_published_test_numbers_have_their_check_digit(pan: str) -> None:
    assert luhn(pan)
    assert not any(luhn(pan[:-1] + digit) for digit in "0123456789" if digit != pan[-1])
