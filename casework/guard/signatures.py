"""What decoded bytes are, by their signature."""

import filetype
from filetype.types import ARCHIVE, DOCUMENT, IMAGE, VIDEO

HEAD = 512
# Signatures of two bytes are met in random bytes too; these need more than their first two.
WEAK = {"bmp", "exe", "Z", "ps", "br", "mpg", "nes", "ar", "lzo", "dcm"}
_strong = [kind for kind in (*IMAGE, *VIDEO, *ARCHIVE, *DOCUMENT) if kind.extension not in WEAK]
MORE = (
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "image/jxl"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"\xff\x4f\xff\x51", "image/jp2"),
    (b"DDS ", "image/dds"),
    (b"icns", "image/icns"),
    (b"qoif", "image/qoi"),
    (b"\x01\xda\x01\x01\x00", "image/sgi"),
    (b"\x01\xda\x00\x01\x00", "image/sgi"),
    (b"\x76\x2f\x31\x01", "image/exr"),
    (b"#?RADIANCE", "image/hdr"),
    (b"OggS\x00", "video/ogg"),
    (b"\x00\x00\x01\xba", "video/mpeg"),
    (b"\x00\x00\x01\xb3", "video/mpeg"),
    (b"\x1aE\xdf\xa3", "video/matroska"),
    (b"0&\xb2u\x8ef\xcf\x11", "video/asf"),
    (b"%!PS-Adobe", "application/postscript"),
    (b"FORM\x00", "image/iff"),
)


def type_of(head: bytes) -> str:
    """The type of a file that begins so, such as `image/png`; empty where the signature is none, or too weak."""
    head = head[:HEAD]
    if len(head) < 8:
        return ""
    for signature, name in MORE:
        if head.startswith(signature):
            return name
    kind = filetype.match(head, _strong)
    if kind is not None:
        return str(kind.mime)
    return _weak_type_of(head)


def _weak_type_of(head: bytes) -> str:
    if (
        head.startswith(b"BM")
        and head[6:10] == b"\0\0\0\0"
        and head[14:18] in (b"\x28\0\0\0", b"\x0c\0\0\0", b"\x6c\0\0\0", b"\x7c\0\0\0")
    ):
        return "image/bmp"
    if head[:1] == b"\n" and head[1:2] in b"\0\2\3\4\5" and head[2:3] in b"\0\1" and head[3:4] in b"\1\2\4\x08":
        return "image/pcx" if len(head) > 74 and not any(head[74:90]) else ""
    if head[:2] in (b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"P7") and head[2:3] in b"\n \t\r#":
        return "image/x-portable-anymap"
    if head[:1] == b"\x47" and len(head) > 376 and head[188:189] == head[376:377] == b"\x47":
        return "video/mp2t"
    return ""
