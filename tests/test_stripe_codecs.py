"""Codecs of stripes: bits, text, keys, reports, frames. Real vectors from manuals; noise upsets none of them."""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.magstripe import bits, idtech, keys, magtek, msr605, text
from drivers.magstripe import track as terms
from drivers.magstripe.bits import ALPHA, NUMERIC, Alphabet
from drivers.magstripe.track import Track, account, luhn

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
    "nothing": ("", {terms.NONE}),
    "clocking only": ("0" * 200, {terms.BLANK}),
    "one data bit": (flipped(NUMERIC.encode(TWO), 31), {terms.PARITY, terms.LRC}),
    "two bits of one character": (flipped(NUMERIC.encode(TWO), 30, 31), {terms.LRC}),
    "a parity bit": (flipped(NUMERIC.encode(TWO), 34), {terms.PARITY}),
    "start sentinel": (flipped(NUMERIC.encode(TWO), START + 1, START + 2), {terms.NO_START, terms.LRC}),
    "end sentinel": (flipped(NUMERIC.encode(TWO), END + 1, END + 2), {terms.NO_END}),
    "the LRC": (flipped(NUMERIC.encode(TWO), CHECK), {terms.LRC}),
    "no LRC at all": (NUMERIC.encode(TWO)[:CHECK], {terms.LRC}),
    "torn off": (NUMERIC.encode(TWO)[:100], {terms.NO_END}),
    "start and parity": (flipped(NUMERIC.encode(TWO), 1, 2, 34), {terms.NO_START, terms.PARITY, terms.LRC}),
    "too long": (NUMERIC.encode("4" * 60), {terms.OVERLONG}),
}


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("damage", DAMAGE)
def test_each_error_is_told_as_it_is(damage: str, backward: bool) -> None:
    coded, errors = DAMAGE[damage]
    whole = f"{'0' * 15}{coded}{'0' * 15}" if coded.strip("0") else coded
    assert bits.decode(2, whole[::-1] if backward else whole).errors == errors


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
        ("%e?;e?\r", {1: {terms.UNREADABLE}, 2: {terms.UNREADABLE}}),
        (f"{ONE[20:]}?;{TWO}?", {1: {terms.NO_START}, 2: set()}),
        (";", {}),
        ("\x80\xff;\xc3\xe1%\x98\xe0", {}),
    ],
)
def test_what_surrounds_tracks(said: str, tracks: dict[int, set[str]]) -> None:
    assert {one.number: set(one.errors) for one in text.parse(said).tracks} == tracks


def test_noise_is_told_from_a_blank_track() -> None:
    assert text.parse("\x80\xff;\xc3\xe1%\x98\xe0").garbled
    assert not text.parse(f"x;{TWO}?").garbled
    assert not text.parse("%?;?").garbled


def test_tracks_in_their_order() -> None:
    """UIC MSR112 PM019 p. 13: DLE between tracks, each mark begins with `;`."""
    found = text.parse_in_order([";E?", f";{TWO}?", ";N?"])
    assert [(one.number, sorted(one.errors)) for one in found.tracks] == [(1, [terms.UNREADABLE]), (2, [])]


@pytest.mark.parametrize("swipe", [f";{TWO}?", LICENCE, "4111111111111111", "SMITH^JOHN"])
def test_a_swipe_in_a_frame_is_no_version(swipe: str) -> None:
    frame = b"\x02" + swipe.encode() + b"\x03"
    check = 0
    for byte in frame:
        check ^= byte
    with pytest.raises(ValueError, match="a swipe in a frame"):
        idtech.version(frame + bytes((check,)))


TEXTS: dict[str, tuple[str, dict[int, set[str]]]] = {
    "two tracks": (f"%{ONE}?;{TWO}?\r", {1: set(), 2: set()}),
    "a line each": (f"%{ONE}?\r\n;{TWO}?\r\n", {1: set(), 2: set()}),
    "three tracks": (f"%{ONE}?;{TWO}?+01{TWO}?", {1: set(), 2: set(), 3: set()}),
    "the stripe's own sentinel": (f";{TWO}?;01{TWO[:16]}=156156?", {2: set(), 3: set()}),
    "a licence": (
        "%CADOE ROAD^JOHN$Q^1 MAIN ST?;636014012345678=30121974011512=?%10920010000  C M506150BRNBRN?",
        {1: set(), 2: set(), 3: set()},
    ),
    "unreadable": ("%E?;E?+E?\r", {number: {terms.UNREADABLE} for number in (1, 2, 3)}),
    "one unreadable": (f"%E?;{TWO}?", {1: {terms.UNREADABLE}, 2: set()}),
    "empty between its sentinels": (f"%?;{TWO}?", {1: {terms.BLANK}, 2: set()}),
    "no end": (";4111111111111111=3012101", {2: {terms.NO_END}}),
    "no end, then another track": (f"%{ONE};{TWO}?", {1: {terms.NO_END}, 2: set()}),
    "no start": (f"{TWO}?", {2: {terms.NO_START}}),
    "too long": (f";{'4' * 45}?", {2: {terms.OVERLONG}}),
    "masked": ("%*4111********1111^CARD/TEST^**********?*;4111********1111=************?*", {1: set(), 2: set()}),
    "nothing": ("\r\n", {}),
}


@pytest.mark.parametrize("case", TEXTS)
def test_texts(case: str) -> None:
    given_text, tracks = TEXTS[case]
    found = text.parse(given_text)
    assert {one.number: set(one.errors) for one in found.tracks} == tracks
    assert (found.setting, found.glued) == ("", False)


@pytest.mark.parametrize("one", [f";{TWO}?", f"%{ONE}?;{TWO}?", f"%{ONE}?;{TWO}?\r", "%E?;E?"])
def test_two_swipes_glued_together_are_not_three_tracks(one: str) -> None:
    found = text.parse(one + f"%{ONE}?;{TWO}?" if one == "%E?;E?" else one + one)
    assert found.glued
    assert [track.number for track in found.tracks] == [track.number for track in text.parse(one).tracks]


@pytest.mark.parametrize("said", [f"{ONE}\r{TWO}\r", f"{TWO}\r", f"{ONE}\r"])
def test_sentinels_left_out(said: str) -> None:
    assert text.parse(said).setting == text.NO_SENTINELS


@given(st.text(max_size=400))
def test_any_text_is_read_or_not(noise: str) -> None:
    found = text.parse(noise)
    assert len({one.number for one in found.tracks}) == len(found.tracks)


@given(st.text(string.digits + "%;?=^+E\r B/", max_size=200))
def test_texts_that_look_like_tracks_upset_nothing(noise: str) -> None:
    for one in text.parse(noise).tracks:
        if one.good and one.contents:
            account(one)
            terms.last_four(one)


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
    found = account(Track(number, contents=contents))
    assert (found.format, found.check_digit, found.expiry) == (kind, check_digit, expiry)


@pytest.mark.parametrize("pan", ["4111111111111111", "5555555555554444", "378282246310005", "6011111111111117"])
def test_published_test_numbers_have_their_check_digit(pan: str) -> None:
    assert luhn(pan)
    assert not any(luhn(pan[:-1] + digit) for digit in "0123456789" if digit != pan[-1])


def typed(characters: str, layout: str, *, repeat: bool = False) -> keys.Typist:
    """Type a text on a keyboard of this layout."""
    codes = {pair[shifted]: (code, shifted) for code, pair in keys.LAYOUTS[layout].items() for shifted in (0, 1)}
    codes |= {"\r": (28, 0)}
    typist = keys.Typist()
    for character in characters:
        code, shifted = codes[character]
        strokes = [(42, 1)] * shifted + [(code, 1), *([(code, 2)] if repeat else []), (code, 0)] + [(42, 0)] * shifted
        for stroke in strokes:
            typist.key(*stroke)
    return typist


@pytest.mark.parametrize("layout", keys.LAYOUTS)
def test_what_is_typed_is_read_under_its_layout(layout: str) -> None:
    said = f"%{ONE}?;{TWO}?+01{TWO[:16]}=156?\r"
    assert typed(said, layout, repeat=True).text(layout) == said
    for other in set(keys.LAYOUTS) - {layout}:
        assert text.parse(typed(said, layout).text(other)).good < 3


def test_decimal_codes_on_the_keypad() -> None:
    """ALT mode: each character is its code, typed while ALT is down."""
    typist, keypad = keys.Typist(), dict(zip("0123456789", (82, 79, 80, 81, 75, 76, 77, 71, 72, 73), strict=True))
    for character in f";{TWO}?":
        typist.key(56, 1)
        for digit in f"{ord(character):03d}":
            typist.key(keypad[digit], 1)
            typist.key(keypad[digit], 0)
        typist.key(56, 0)
    assert typist.text("us") == f";{TWO}?"


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 2)), max_size=200), st.sampled_from(sorted(keys.LAYOUTS)))
def test_any_keys_give_a_text(strokes: list[tuple[int, int]], layout: str) -> None:
    typist = keys.Typist()
    for stroke in strokes:
        typist.key(*stroke)
    text.parse(typist.text(layout))


def magtek_report(*tracks: str, status: tuple[int, int, int] = (0, 0, 0)) -> bytes:
    """99875191: status, lengths, encode type, 110 bytes a track; what is beyond the length is old."""
    head = bytes(status) + bytes(len(one) for one in tracks) + b"\0"
    return head + b"".join(one.encode().ljust(110, b"7") for one in tracks)


def test_a_magtek_report() -> None:
    found, said = magtek.decode(magtek_report(f"%{ONE}?", f";{TWO}?", ""))
    assert [(one.number, one.good, one.contents) for one in found.tracks[:2]] == [(1, True, ONE), (2, True, TWO)]
    assert found.tracks[2].errors == {terms.NONE}
    assert said == {}
    bad, _ = magtek.decode(magtek_report("", f";{TWO}?", f";01{TWO}?", status=(1, 0, 0)))
    assert [sorted(one.errors) for one in bad.tracks] == [[terms.UNREADABLE], [], []]


def test_an_encrypting_magtek_report() -> None:
    """99875475 appendix D: masked tracks, and what MagnePrint says of the hand."""
    report = bytearray(887)
    for place, masked in enumerate((f"%B4111000000001111^CARD/TEST^{'0' * 21}?", f";4111000000001111={'0' * 20}?")):
        report[505 + place] = len(masked)
        report[508 + 112 * place : 508 + 112 * place + len(masked)] = masked.encode()
    report[344:348] = (1 | 1 << 19 | 1 << 21).to_bytes(4, "little")
    found, said = magtek.decode(bytes(report))
    assert [one.good for one in found.tracks] == [True, True, False]
    assert said == {"too_slow": False, "too_fast": True, "backward": True}


def test_a_magtek_reader_s_firmware() -> None:
    assert magtek.software_id(b"\0\x0b21042812D01" + bytes(11)) == "21042812D01"
    for other in (b"", b"\x02\0", bytes(24), b"\0\x05\xff\xff\xff\xff\xff"):
        with pytest.raises(ValueError, match="not the answer"):
            magtek.software_id(other)


# ID TECH UniMag II, enhanced format with a serial number, tracks 1 and 2: published by users of payment gateways.
UNIMAG = bytes.fromhex(
    "02D500801F3723008383252A353135302A2A2A2A2A2A2A2A373836315E504159504153532F4D4153544552434152445E2A2A2A2A2A2A2A2A2A"
    "2A2A2A2A2A2A3F2A3B353135302A2A2A2A2A2A2A2A373836313D2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A3F2AA096A6F5D1DCBE45B5F77EB2559F"
    "EE0411013232E3F42044C0397E3E9E6D9B3A11FB8ADE0712AFD097C23AA86DFDC9DBA0E73A6FD698FD2F80800C0E1E9ED1BEED5EEA9840DA53"
    "F41254FDB79E89B76B127C25FE44AE7524BAEB5BDAACF777FA31323334353637383930FFFF9876543210E0004ABBF903"
)


def test_an_id_tech_frame() -> None:
    found = idtech.decode_frame(UNIMAG)
    assert [(one.number, sorted(one.errors), one.length) for one in found.tracks] == [
        (1, [], 55), (2, [], 35), (3, [terms.NONE], 0),
    ]  # fmt: skip
    assert account(found.tracks[1]).format == "financial"
    for place in (3, 20, len(UNIMAG) - 3, len(UNIMAG) - 1):
        broken = bytearray(UNIMAG)
        broken[place] ^= 1
        with pytest.raises(ValueError, match="check bytes"):
            idtech.decode_frame(bytes(broken))


def test_id_tech_commands() -> None:
    """Check bytes as the manuals print them."""
    assert bytes.fromhex("02390338") == idtech.VERSION
    assert bytes.fromhex("0252220371") == idtech.FIRMWARE
    said = b"\x06\x02ID TECH MiniMag V1.2\x03"
    check = 0
    for byte in said[1:]:
        check ^= byte
    assert idtech.version(said + bytes((check,))) == "ID TECH MiniMag V1.2"
    assert idtech.version(said) is None
    assert idtech.version(b"\x15") == idtech.version(b"\x16") == ""
    with pytest.raises(ValueError, match="check byte"):
        idtech.version(said + bytes((check ^ 1,)))
    with pytest.raises(ValueError, match="not a frame"):
        idtech.version(b"%B41")


def test_an_id_tech_report_in_the_clear() -> None:
    said = f"%{ONE}?;{TWO}?".encode()
    report = bytes((0, 0, 1, len(ONE) + 2, len(TWO) + 2, 0, 0)) + len(said).to_bytes(2, "little") + said
    found = idtech.decode_report(report.ljust(512, b"\0"))
    assert [sorted(one.errors) for one in found.tracks] == [[], [], [terms.UNREADABLE]]


# MSR606 programmer's manual chapter 8, and the markers that real devices send.
ISO = {
    "1b731b012530313f1b023b32333f1b033b34353f3f1c1b30": ([set(), set(), set()], 0x30),
    "1b731b011b2b1b023b32333f1b031b2b3f1c1b30": ([{terms.NONE}, set(), {terms.NONE}], 0x30),
    "1b731b011b2a1b021b2a1b031b2b3f1c1b31": ([{terms.UNREADABLE}, {terms.UNREADABLE}, {terms.NONE}], 0x31),
    "1b731b011b021b033f1c1b39": ([{terms.NONE}, {terms.NONE}, {terms.NONE}], 0x39),
}


@pytest.mark.parametrize("answer", ISO)
def test_iso_reads_of_an_encoder(answer: str) -> None:
    data = bytes.fromhex(answer)
    tracks, status = ISO[answer]
    found = msr605.decode_iso(b"\x1b" + data)  # an escape that was left over
    assert found is not None
    assert ([set(one.errors) for one in found[0].tracks], found[1]) == (tracks, status)
    assert all(msr605.decode_iso(data[:end]) is None for end in range(len(data)))


def test_an_encoder_s_status_alone_is_an_unread_swipe() -> None:
    found = msr605.decode_error(b"\x1b1")
    assert found is not None
    assert {error for one in found[0].tracks for error in one.errors} == {terms.UNREADABLE}
    assert msr605.decode_error(b"\x1b0") is None
    assert msr605.decode_error(b"\x1bs\x1b\x01") is None


def test_raw_reads_of_an_encoder() -> None:
    data = bytes.fromhex("1b731b0108A30D1E28A9727C541b0205D4119257F51b03003f1c1b30")
    found = msr605.decode_raw(data)
    assert found is not None
    assert [(sorted(one.errors), one.contents, one.backward) for one in found[0].tracks] == [
        ([], "ABC123", False), ([], "12345", False), ([terms.NONE], "", None),
    ]  # fmt: skip
    assert all(msr605.decode_raw(data[:end]) is None for end in range(len(data)))
    with pytest.raises(ValueError, match="track 2"):
        msr605.decode_raw(data.replace(b"\x1b\x02\x05", b"\x1b\x05\x05"))


FRAMES: list[Callable[[bytes], Any]] = [
    idtech.decode_frame, idtech.decode_report, idtech.version, idtech.frame_size, magtek.decode, magtek.software_id,
    msr605.decode_iso, msr605.decode_raw,
]  # fmt: skip


REPORTS = st.sampled_from([337, 338, 856, 887]).flatmap(lambda size: st.binary(min_size=size, max_size=size))


@given(st.one_of(st.binary(max_size=600), REPORTS))
def test_noise_raises_only_the_documented_error(noise: bytes) -> None:
    for decode in FRAMES:
        for data in (noise, b"\x02" + noise, b"\x1bs" + noise, b"\x1bs\x1b\x01" + noise + b"?\x1c\x1b0"):
            try:
                decode(data)
            except ValueError:
                continue
