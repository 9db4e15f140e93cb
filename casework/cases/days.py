"""Days, as people choose them, and the moments at which what ends with a day ends. All in UTC."""

import datetime


def end_of_day(day: datetime.date) -> datetime.datetime:
    """The first moment after a day: what is given until a date counts on that date."""
    return datetime.datetime.combine(day + datetime.timedelta(days=1), datetime.time(), datetime.UTC)


def day_before(moment: datetime.datetime) -> datetime.date:
    """The last day that counts before this moment."""
    return (moment - datetime.timedelta(microseconds=1)).astimezone(datetime.UTC).date()


def last_day(moment: datetime.datetime) -> datetime.date | None:
    """The day with which it ends, inclusive, as it was chosen; None for an end in the middle of a day."""
    day = day_before(moment)
    return day if end_of_day(day) == moment else None
