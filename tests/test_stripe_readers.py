"""What readers send: keys, reports, frames, answers. Real vectors from manuals; noise upsets none of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.contract.links.input import InputEvent
from drivers.magstripe.pure import idtech, keys, layouts, magtek, msr605, text
from drivers.magstripe.pure.readings import read_keys, read_line
from drivers.magstripe.pure.track import TrackError, summarize
from drivers.magstripe.readers.collectors import EncoderCollector, ReportCollector, TextCollector, WedgeCollector
from drivers.magstripe.swipe import Redactor

ONE = "B4111111111111111^CARD/TEST^30121010000000000000"
TWO = "4111111111111111=30121010000000000000"
SEVEN_BIT = "".join(chr(code) for code in range(0x20, 0x60) if chr(code) not in "%?")
FIVE_BIT = "0123456789:<=>"


def typed(characters: str, layout: str, *, repeat: bool = False) -> keys.KeyDecoder:
    """Type a text on a keyboard of this layout."""
    codes = {pair[shifted]: (code, shifted) for code, pair in keys.LAYOUTS[layout].items() for shifted in (0, 1)}
    codes |= {"\r": (28, 0)}
    decoder = keys.KeyDecoder()
    for character in characters:
        code, shifted = codes[character]
        strokes = [(42, 1)] * shifted + [(code, 1), *([(code, 2)] if repeat else []), (code, 0)] + [(42, 0)] * shifted
        for stroke in strokes:
            decoder.feed(*stroke)
    return decoder


@pytest.mark.parametrize("layout", keys.LAYOUTS)
def test_what_is_typed_is_read_under_its_layout(layout: str) -> None:
    said = f"%{ONE}?;{TWO}?+01{TWO[:16]}=156?\r"
    struck = typed(said, layout, repeat=True)
    assert struck.text(layout) == said
    assert read_keys(struck, layout).setting == ""
    for other in keys.LAYOUTS:
        found = read_keys(struck, other)
        assert len(found.tracks) == found.good == 3
        if struck.text(other) != said:
            assert layout in found.setting.removeprefix("layout-").split("/")


def test_decimal_codes_on_the_keypad() -> None:
    """ALT mode: each character is its code, typed while ALT is down."""
    decoder, keypad = keys.KeyDecoder(), dict(zip("0123456789", (82, 79, 80, 81, 75, 76, 77, 71, 72, 73), strict=True))
    for character in f";{TWO}?":
        decoder.feed(56, 1)
        for digit in f"{ord(character):03d}":
            decoder.feed(keypad[digit], 1)
            decoder.feed(keypad[digit], 0)
        decoder.feed(56, 0)
    assert decoder.text("us") == f";{TWO}?"


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 2)), max_size=200), st.sampled_from(sorted(keys.LAYOUTS)))
def test_any_keys_give_a_text(strokes: list[tuple[int, int]], layout: str) -> None:
    decoder = keys.KeyDecoder()
    for stroke in strokes:
        decoder.feed(*stroke)
    text.parse(decoder.text(layout))


def magtek_report(*tracks: str, status: tuple[int, int, int] = (0, 0, 0)) -> bytes:
    """99875191: status, lengths, encode type, 110 bytes a track; what is beyond the length is old."""
    head = bytes(status) + bytes(len(track) for track in tracks) + b"\0"
    return head + b"".join(track.encode().ljust(110, b"7") for track in tracks)


def test_a_magtek_report() -> None:
    found, said = magtek.decode(magtek_report(f"%{ONE}?", f";{TWO}?", ""))
    assert [(track.number, track.good, track.contents) for track in found.tracks[:2]] == [
        (1, True, ONE),
        (2, True, TWO),
    ]
    assert found.tracks[2].errors == {TrackError.NO_DATA}
    assert said == {}
    bad, _ = magtek.decode(magtek_report("", f";{TWO}?", f";01{TWO}?", status=(1, 0, 0)))
    assert [sorted(track.errors) for track in bad.tracks] == [[TrackError.UNREADABLE], [], []]


def test_an_encrypting_magtek_report() -> None:
    """99875475 appendix D: masked tracks, and what MagnePrint says of the hand."""
    report = bytearray(887)
    for place, masked in enumerate((f"%B4111000000001111^CARD/TEST^{'0' * 21}?", f";4111000000001111={'0' * 20}?")):
        report[505 + place] = len(masked)
        report[508 + 112 * place : 508 + 112 * place + len(masked)] = masked.encode()
    report[344:348] = (1 | 1 << 19 | 1 << 21).to_bytes(4, "little")
    found, said = magtek.decode(bytes(report))
    assert [track.good for track in found.tracks] == [True, True, False]
    assert said == {"too_slow": False, "too_fast": True, "backward": True}


def test_a_magtek_reader_s_firmware() -> None:
    assert magtek.software_id(b"\0\x0b21042812D01" + bytes(11)) == "21042812D01"
    for other in (b"", b"\x02\0", bytes(24), b"\0\x05\xff\xff\xff\xff\xff"):
        with pytest.raises(ValueError, match="no_property_answer"):
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
    assert [(track.number, sorted(track.errors), track.length) for track in found.tracks] == [
        (1, [], 55), (2, [], 35), (3, [TrackError.NO_DATA], 0),
    ]  # fmt: skip
    assert summarize(found.tracks[1]).format == "financial"
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
    with pytest.raises(ValueError, match="check_byte_wrong"):
        idtech.version(said + bytes((check ^ 1,)))
    with pytest.raises(ValueError, match="no_frame_of_this"):
        idtech.version(b"%B41")


def test_an_id_tech_report_in_the_clear() -> None:
    said = f"%{ONE}?;{TWO}?".encode()
    report = bytes((0, 0, 1, len(ONE) + 2, len(TWO) + 2, 0, 0)) + len(said).to_bytes(2, "little") + said
    found = idtech.decode_report(report.ljust(512, b"\0"))
    assert [sorted(track.errors) for track in found.tracks] == [[], [], [TrackError.UNREADABLE]]


# MSR606 programmer's manual chapter 8, and the markers that real devices send.
ISO = {
    "1b731b012530313f1b023b32333f1b033b34353f3f1c1b30": ([set(), set(), set()], 0x30),
    "1b731b011b2b1b023b32333f1b031b2b3f1c1b30": ([{TrackError.NO_DATA}, set(), {TrackError.NO_DATA}], 0x30),
    "1b731b011b2a1b021b2a1b031b2b3f1c1b31": (
        [{TrackError.UNREADABLE}, {TrackError.UNREADABLE}, {TrackError.NO_DATA}],
        0x31,
    ),
    # dialects: `1B 03` left out, the last end sentinel shared with `3F 1C`, markers without an escape
    "1b731b012530313f1b023b32333f3f1c1b30": ([set(), set(), {TrackError.NO_DATA}], 0x30),
    "1b731b012530313f1b023b32333f1b033b34353f1c1b30": ([set(), set(), set()], 0x30),
    "1b731b012a1b02451b032b3f1c1b31": (
        [{TrackError.UNREADABLE}, {TrackError.UNREADABLE}, {TrackError.NO_DATA}],
        0x31,
    ),
    "1b731b011b021b033f1c1b39": ([{TrackError.NO_DATA}, {TrackError.NO_DATA}, {TrackError.NO_DATA}], 0x39),
}


@pytest.mark.parametrize("answer", ISO)
def test_iso_reads_of_an_encoder(answer: str) -> None:
    data = bytes.fromhex(answer)
    tracks, status = ISO[answer]
    found = msr605.decode_iso(b"\x1b" + data)  # an escape that was left over
    assert found is not None
    assert ([set(track.errors) for track in found[0].tracks], found[1]) == (tracks, status)
    assert all(msr605.decode_iso(data[:end]) is None for end in range(len(data)))


def test_an_encoder_s_status_alone_is_an_unread_swipe() -> None:
    found = msr605.decode_error(b"\x1b1")
    assert found is not None
    assert {error for track in found[0].tracks for error in track.errors} == {TrackError.UNREADABLE}
    assert msr605.decode_error(b"\x1b0") is None
    assert msr605.decode_error(b"\x1bs\x1b\x01") is None


def test_raw_reads_of_an_encoder() -> None:
    data = bytes.fromhex("1b731b0108A30D1E28A9727C541b0205D4119257F51b03003f1c1b30")
    found = msr605.decode_raw(data)
    assert found is not None
    assert [(sorted(track.errors), track.contents, track.backward) for track in found[0].tracks] == [
        ([], "ABC123", False), ([], "12345", False), ([TrackError.NO_DATA], "", None),
    ]  # fmt: skip
    assert all(msr605.decode_raw(data[:end]) is None for end in range(len(data)))
    with pytest.raises(ValueError, match="track 2"):
        msr605.decode_raw(data.replace(b"\x1b\x02\x05", b"\x1b\x05\x05"))


def test_raw_reads_with_the_lowest_bit_first() -> None:
    """The same tracks, each byte turned round: an order of bits is never a head's fault."""
    tracks = ("A30D1E28A9727C54", "D4119257F5")
    turned = [bytes(int(f"{byte:08b}"[::-1], 2) for byte in bytes.fromhex(track)) for track in tracks]
    data = b"\x1bs" + b"".join(bytes((0x1B, number, len(raw))) + raw for number, raw in enumerate(turned, 1))
    found = msr605.decode_raw(data + bytes.fromhex("1b03003f1c1b30"))
    assert found is not None
    assert [track.contents for track in found[0].tracks] == ["ABC123", "12345", ""]
    assert all(track.good for track in found[0].tracks[:2])


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


def test_noise_with_a_separator_in_it_is_no_track() -> None:
    collector = TextCollector(Redactor(b"k" * 16, b"", show_last_four=False), 0.1, (1, 2))
    collector.feed(b"\x80\x10\xff\x10\x81" * 10)
    assert collector.end() == {
        "tracks": [],
        "setting": "",
        "glued": False,
        "stray": 30,
        "garbled": True,
        "seconds": 0.0,
    }


REDACTOR = Redactor(b"k" * 16, b"p" * 16, show_last_four=False)


def test_layouts_on_a_line_and_input_methods() -> None:
    """Keys of one layout taken for keys of another, both ways; wide characters of an input method."""
    said = f"%{ONE}?;{TWO}?\r"
    for layout in set(layouts.LAYOUTS) - {"us", "gb"}:
        for pair in ((layout, "us"), ("us", layout)):
            shown = said.translate({ord(meant): chr(seen) for seen, meant in layouts.exchanged(*pair).items()})
            if pair == ("br", "us"):  # its `/` and `?` stand on a key that no US keyboard has
                continue
            found = read_line(shown.encode())
            assert found.good == len(found.tracks) == 2, pair
            if shown != said:
                assert layout in found.setting.removeprefix("layout-").split("/"), (pair, found.setting)
    wide = said.replace("^", "……").replace(";", "；").replace("?", "？").replace("%", "％")
    for codec in ("utf-8", "gb18030"):
        assert read_line(wide.encode(codec)).setting == "input-method"
    assert read_line(said.lower().encode()).setting == "caps-lock"
    assert read_line(said.encode()).setting == ""
    assert read_line(b"%E?;E?\r").setting == ""


def broken_unimag(place: int) -> bytes:
    return UNIMAG[:place] + bytes((UNIMAG[place] ^ 1,)) + UNIMAG[place + 1 :]


# what came -> why characters were lost or changed on the way; empty where nothing is known of the format
FRAMES_OF_OTHERS: dict[str, tuple[bytes, str]] = {
    "a wrong check": (broken_unimag(20), "frame-check"),
    "the end is lost": (UNIMAG[:150], "frame-short"),
    "TLV": (b"\x57\x13" + bytes.fromhex("4111111111111111d30121010000000000000f") + b"\x5f\x20\x09" + b"CARD/TEST", ""),
    "TLV around a track": (bytes.fromhex("dfee2381800000e0") + bytes(range(1, 32)) + f";{TWO}?".encode(), ""),
    "another frame": (b"\x02\x00\x40" + bytes(range(60)) + f";{TWO}?".encode() + b"\x03", ""),
    "text that is no card": (b"HOW ARE YOU? a=1, b=2\r", ""),
}


@pytest.mark.parametrize("frame", FRAMES_OF_OTHERS)
def test_no_track_is_found_in_what_is_not_known(frame: str) -> None:
    data, line = FRAMES_OF_OTHERS[frame]
    collector = TextCollector(REDACTOR, 0.1, (1, 2))
    kept = collector.feed(data) or collector.end()
    assert kept is not None
    assert (kept["tracks"], kept["garbled"], kept.get("line", "")) == ([], True, line)
    assert "4111" not in str(kept)


def test_frames_that_are_known_and_not_plain() -> None:
    """Raw output is a setting; two frames in one burst are two swipes; a length that no track has is an error."""
    raw = framed(bytes((0x84, 0x3F, 60, 30, 0, 0, 0)) + bytes(90))
    assert TextCollector(REDACTOR, 0.1, (1, 2)).feed(raw)["setting"] == idtech.RAW_OUTPUT
    assert TextCollector(REDACTOR, 0.1, (1, 2)).feed(UNIMAG + UNIMAG)["glued"]
    assert not TextCollector(REDACTOR, 0.1, (1, 2)).feed(UNIMAG)["glued"]
    long = idtech.decode_frame(framed(bytes((0x80, 0x3F, 0, 200, 0, 0, 0)) + bytes(200)))
    assert long.tracks[1].errors == {TrackError.OVERLONG}


def framed(card: bytes) -> bytes:
    """Return ID TECH's frame around card data."""
    check = 0
    for byte in card:
        check ^= byte
    return b"\x02" + len(card).to_bytes(2, "little") + card + bytes((check, sum(card) & 0xFF, 0x03))


def test_what_was_changed_on_the_way_shows_in_the_account_numbers() -> None:
    def redacted(said: str) -> Any:
        collector = TextCollector(REDACTOR, 0.1, (1, 2))
        collector.feed(said.encode())
        return collector.end()

    assert "line" not in redacted(f"%{ONE}?;{TWO}?\r")
    assert redacted(f"%{ONE}?;{TWO.replace('4111', '4101')}?\r")["line"] == "accounts-differ"
    assert redacted(f"%{ONE}?;{TWO[:8]}\x1f{TWO[9:]}?\r")["line"] == "odd-bytes"


def test_refusals_of_an_encoder_are_no_swipes() -> None:
    for code in (0x32, 0x34, 0x39):
        collector = EncoderCollector(REDACTOR, 0.1, msr605.READ_RAW, msr605.decode_raw)
        collector.feed(bytes((0x1B, code)))
        kept = collector.end()
        assert kept is not None
        assert (kept["tracks"], kept["status"]) == ([], f"refused 1B {code:02X}")


# collectors of one healthy swipe: what goes in, and how


def typed_swipe() -> Any:
    collector = WedgeCollector(REDACTOR, 0.1, (1, 2), "us")
    codes = {pair[shifted]: (code, shifted) for code, pair in keys.LAYOUTS["us"].items() for shifted in (0, 1)}
    for character in f"%{ONE}?;{TWO}?":
        code, shifted = codes[character]
        strokes = [(42, 1)] * shifted + [(code, 1), (code, 0)] + [(42, 0)] * shifted
        collector.feed([InputEvent(0.0, 1, *stroke) for stroke in strokes])
    return collector.end()


def sent_swipe() -> Any:
    collector = TextCollector(REDACTOR, 0.1, (1, 2))
    collector.feed(f"%{ONE}?;{TWO}?\r".encode())
    return collector.end()


def reported_swipe() -> Any:
    return ReportCollector(REDACTOR, 0.1).feed(magtek_report(f"%{ONE}?", f";{TWO}?", ""))


def encoder_swipe() -> Any:
    collector = EncoderCollector(REDACTOR, 0.1, msr605.READ_ISO, msr605.decode_iso)
    return collector.feed(b"\x1bs\x1b\x01%" + ONE.encode() + b"?\x1b\x02;" + TWO.encode() + b"?\x1b\x03\x1b+?\x1c\x1b0")


@pytest.mark.parametrize("collect", [typed_swipe, sent_swipe, reported_swipe, encoder_swipe])
def test_nothing_of_a_card_leaves_a_collector(collect: Callable[[], Any]) -> None:
    kept = collect()
    read = [track for track in kept["tracks"] if not track["errors"]]
    assert [(track["number"], track["format"]) for track in read] == [(1, "financial"), (2, "financial")]
    assert set(kept) <= {"tracks", "setting", "glued", "stray", "garbled", "seconds", "lost", "movement", "status"}
    known = {
        "number",
        "errors",
        "length",
        "backward",
        "zeros",
        "wrong",
        "format",
        "check_digit",
        "expiry",
        "mark",
        "proof",
    }
    assert all(set(track) <= known for track in kept["tracks"])
    for secret in ("4111", "1111", "3012", "CARD", "TEST"):
        assert secret not in str(kept)
