"""Keyboard layouts, for the characters of a stripe (xkeyboard-config symbols; key codes of linux/input-event-codes.h).

`□` stands for a character that no stripe and no other layout of these needs. Dead keys stand as their character.
"""

from __future__ import annotations

Layout = dict[int, tuple[str, str]]  # key code -> plain, shifted

#: layout -> the key of its name in the texts of evidence
NAMES = {
    "us": "keys_us", "gb": "keys_uk", "de": "keys_german", "fr": "keys_french", "tr": "keys_turkish",
    "es": "keys_spanish", "it": "keys_italian", "jp": "keys_japanese", "pt": "keys_portuguese",
    "br": "keys_brazilian", "be": "keys_belgian", "ch": "keys_swiss", "dk": "keys_nordic",
}  # fmt: skip


def _rows(*rows: tuple[int, str, str]) -> Layout:
    """Return a layout of rows of keys: first code, plain characters, shifted characters."""
    return {
        first + place: pair
        for first, plain, shifted in rows
        for place, pair in enumerate(zip(plain, shifted, strict=True))
    }


_SPACE = (57, " ", " ")
LAYOUTS: dict[str, Layout] = {
    "us": _rows(
        (2, "1234567890-=", "!@#$%^&*()_+"),
        (16, "qwertyuiop[]", "QWERTYUIOP{}"),
        (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
        (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
        _SPACE,
    ),
    "gb": _rows(
        (2, "1234567890-=", '!"£$%^&*()_+'),
        (16, "qwertyuiop[]", "QWERTYUIOP{}"),
        (30, "asdfghjkl;'`", "ASDFGHJKL:@¬"),
        (43, "#zxcvbnm,./", "~ZXCVBNM<>?"),
        (86, "\\", "|"),
        _SPACE,
    ),
    "de": _rows(
        (2, "1234567890ß´", '!"§$%&/()=?`'),
        (16, "qwertzuiopü+", "QWERTZUIOPÜ*"),
        (30, "asdfghjklöä^", "ASDFGHJKLÖÄ°"),
        (43, "#yxcvbnm,.-", "'YXCVBNM;:_"),
        _SPACE,
    ),
    "fr": _rows(
        (2, "&é\"'(-è_çà)=", "1234567890°+"),
        (16, "azertyuiop^$", "AZERTYUIOP¨£"),
        (30, "qsdfghjklmù²", "QSDFGHJKLM%~"),
        (43, "*wxcvbn,;:!", "µWXCVBN?./§"),
        _SPACE,
    ),
    "tr": _rows(
        (2, "1234567890*-", "!'^+%&/()=?_"),
        (16, "qwertyuıopğü", "QWERTYUIOPĞÜ"),
        (30, 'asdfghjklşi"', "ASDFGHJKLŞİé"),
        (43, ",zxcvbnmöç.", ";ZXCVBNMÖÇ:"),
        (86, "<", ">"),
        _SPACE,
    ),
    "es": _rows(
        (2, "1234567890'¡", '!"·$%&/()=?¿'),
        (16, "qwertyuiop`+", "QWERTYUIOP^*"),
        (30, "asdfghjklñ´º", "ASDFGHJKLÑ¨ª"),
        (43, "çzxcvbnm,.-", "ÇZXCVBNM;:_"),
        _SPACE,
    ),
    "it": _rows(
        (2, "1234567890'ì", '!"£$%&/()=?^'),
        (16, "qwertyuiopè+", "QWERTYUIOPé*"),
        (30, "asdfghjklòà\\", "ASDFGHJKLç°|"),
        (43, "ùzxcvbnm,.-", "§ZXCVBNM;:_"),
        (86, "<", ">"),
        _SPACE,
    ),
    "jp": _rows(
        (2, "1234567890-^", "!\"#$%&'()~=□"),
        (16, "qwertyuiop@[", "QWERTYUIOP`{"),
        (30, "asdfghjkl;:□", "ASDFGHJKL+*□"),
        (43, "]zxcvbnm,./", "}ZXCVBNM<>?"),
        (89, "\\", "_"),
        (124, "¥", "|"),
        _SPACE,
    ),
    "pt": _rows(
        (2, "1234567890'«", '!"#$%&/()=?»'),
        (16, "qwertyuiop+´", "QWERTYUIOP*`"),
        (30, "asdfghjklçº\\", "ASDFGHJKLÇª|"),
        (43, "~zxcvbnm,.-", "^ZXCVBNM;:_"),
        (86, "<", ">"),
        _SPACE,
    ),
    "br": _rows(
        (2, "1234567890-=", "!@#$%¨&*()_+"),
        (16, "qwertyuiop´[", "QWERTYUIOP`{"),
        (30, "asdfghjklç~'", 'ASDFGHJKLÇ^"'),
        (43, "]zxcvbnm,.;", "}ZXCVBNM<>:"),
        (86, "\\", "|"),
        (89, "/", "?"),
        _SPACE,
    ),
    "be": _rows(
        (2, "&é\"'(§è!çà)-", "1234567890°_"),
        (16, "azertyuiop^$", "AZERTYUIOP¨*"),
        (30, "qsdfghjklmù²", "QSDFGHJKLM%³"),
        (43, "µwxcvbn,;:=", "£WXCVBN?./+"),
        (86, "<", ">"),
        _SPACE,
    ),
    "ch": _rows(
        (2, "1234567890'^", '+"*ç%&/()=?`'),
        (16, "qwertzuiopü¨", "QWERTZUIOPè!"),
        (30, "asdfghjklöä§", "ASDFGHJKLéà°"),
        (43, "$yxcvbnm,.-", "£YXCVBNM;:_"),
        (86, "<", ">"),
        _SPACE,
    ),
    "dk": _rows(
        (2, "1234567890+´", '!"#¤%&/()=?`'),
        (16, "qwertyuiopå¨", "QWERTYUIOPÅ^"),
        (30, "asdfghjkløæ½", "ASDFGHJKLØÆ§"),
        (43, "'zxcvbnm,.-", "*ZXCVBNM;:_"),
        (86, "<", ">"),
        _SPACE,
    ),
}


def exchanged(typed_for: str, shown_by: str) -> dict[int, str]:
    """Return the table (`str.translate`) from what a keyboard of one layout shows to what a reader typed for another.

    The reader strikes the keys of `typed_for`; the computer takes them for keys of `shown_by`.
    """
    meant, shown = LAYOUTS[typed_for], LAYOUTS[shown_by]
    return {
        ord(shown[code][place]): meant[code][place]
        for code in shown.keys() & meant.keys()
        for place in (1, 0)  # a plain character counts before the same one shifted
        if shown[code][place] != "□"
    }
