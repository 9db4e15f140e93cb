"""Two invented words for a child: a colour or quality, and something that lives or grows. Never anybody's name."""

import secrets

from casework.cases.models import Case

FIRST = (
    "Amber", "Apricot", "Ashen", "Azure", "Beige", "Bright", "Bronze", "Calm", "Cedar", "Chalk", "Citrus",
    "Clear", "Clover", "Cobalt", "Copper", "Coral", "Cotton", "Cream", "Crimson", "Dappled", "Dewy",
    "Dusky", "Early", "Ebony", "Emerald", "Fair", "Fawn", "Fern", "Flint", "Frosted", "Gentle", "Gilded",
    "Ginger", "Golden", "Granite", "Hazel", "Honey", "Indigo", "Ivory", "Jade", "Late", "Lilac", "Linen",
    "Lunar", "Maple", "Meadow", "Misty", "Mossy", "Ochre", "Olive", "Opal", "Pearl", "Pebble", "Quiet",
    "Russet", "Sable", "Saffron", "Sandy", "Silver", "Slate", "Snowy", "Speckled", "Sunny", "Tawny", "Teal",
    "Umber", "Velvet", "Violet", "Willow", "Winter",
)  # fmt: skip
SECOND = (
    "Alder", "Ash", "Badger", "Beech", "Birch", "Bittern", "Bluebell", "Bramble", "Bunting", "Cedar",
    "Chaffinch", "Clover", "Cormorant", "Crane", "Curlew", "Daisy", "Dipper", "Dove", "Dunlin", "Eider",
    "Elder", "Elm", "Fern", "Finch", "Foxglove", "Gannet", "Goldcrest", "Grebe", "Hare", "Harebell",
    "Hawthorn", "Hazel", "Heather", "Heron", "Iris", "Ivy", "Juniper", "Kestrel", "Kingfisher", "Lapwing",
    "Larch", "Lark", "Linden", "Linnet", "Lynx", "Maple", "Marten", "Merlin", "Mistletoe", "Nightingale",
    "Nuthatch", "Oak", "Osprey", "Otter", "Oxlip", "Petrel", "Pine", "Pipit", "Plover", "Poppy", "Primrose",
    "Puffin", "Redwing", "Robin", "Rowan", "Sandpiper", "Sorrel", "Sparrow", "Starling", "Swallow", "Swift",
    "Teal", "Tern", "Thistle", "Thrush", "Turnstone", "Wagtail", "Warbler", "Willow", "Wren", "Yarrow",
)  # fmt: skip


def suggest_pseudonym() -> str:
    """Two words such as `Amber Heron`, drawn at random: some 5,000 pairs, none of them the same word twice."""
    while True:
        first, second = secrets.choice(FIRST), secrets.choice(SECOND)
        if first != second:
            return f"{first} {second}"


def pseudonym_is_taken(member: object, pseudonym: str, *, apart_from: int | None) -> bool:
    """True when a case that this member may see bears the same pseudonym; others are not asked, nor revealed.

    `apart_from`: the key that the form carries, for a form that is sent twice.
    """
    return bool(Case.objects.visible_to(member).filter(pseudonym__iexact=pseudonym).exclude(pk=apart_from).exists())
