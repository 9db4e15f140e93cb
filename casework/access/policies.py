"""Row-level security, table by table: the sentences that migrations send to PostgreSQL."""

from casework.access.kinds import READ_TOPICS, Compartment, permission_codename

OVERSEEN = "(select casework_overseen_ids())::bigint[]"
LED = "(select casework_led_ids())::bigint[]"
OFFERED = "(select casework_offered_ids())::bigint[]"


def ids(function: str) -> str:
    """An array of case ids, computed once per statement. Without the inner select it may run once per row."""
    return f"(select {function})::bigint[]"


def compartment_clause(case: str, compartment: str | None, write: bool) -> str:
    """True where the member holds this permission on the row's case.

    `compartment`: one for the whole table, or None where each row names its own in a column `compartment`.
    """
    if compartment is not None:
        return f"{case} = any({ids(_visible(compartment, write))})"
    arms = [f"(compartment = '{each}' and {case} = any({ids(_visible(each, write))}))" for each in Compartment.values]
    return " or ".join(arms)


def _visible(compartment: str, write: bool) -> str:
    return f"casework_visible_ids('{permission_codename(compartment, write)}')"


def passages_clause(case: str = "case_id", topics: str = "topics") -> str:
    """True where the member reads the account, or where every topic of the row was shared with the member.

    For tables that hold what passages hold, or what is made of it, with the topics beside it. A row without any topic
    is read with the account alone: what nobody has classed may be about anything.
    """
    whole = f"{case} = any({ids(_visible(Compartment.ACCOUNT, write=False))})"
    named = f"{topics} <> '{{}}' and casework_pairs({case}, {topics}::text[]) <@ (select casework_topic_pairs())"
    return f"{whole} or ({topics_clause(case)} and {named})"


def topics_clause(case: str = "case_id") -> str:
    """True where the member reads named topics of the account of the row's case, whichever they are."""
    return f"{case} = any({ids(f'casework_visible_ids({READ_TOPICS!r})')})"


def own_writing_clause(case: str = "case_id", agency: str = "agency_id") -> str:
    """As `compartment_clause` for reading, for rows that each belong to the agency that wrote them.

    What an agency writes in its part of a case is read by its own members who hold that part, and by those with whom
    it shares it. The overview is common to all who hold it.
    """
    arms = [f"(compartment = 'overview' and {case} = any({ids(_visible(Compartment.OVERVIEW, write=False))}))"]
    for each in Compartment.values:
        if each != Compartment.OVERVIEW:
            held = f"{case} = any({ids(_visible(each, write=False))})"
            holders = f"array[{case} || '/' || {agency}, {case} || '/*'] && (select casework_holders('read_{each}'))"
            arms.append(f"(compartment = '{each}' and {held} and {holders})")
    return " or ".join(arms)


def protect_sql(
    table: str,
    *,
    select: str,
    insert: str | None = None,
    update: str | None = None,
    changing: tuple[str, ...] = (),
) -> str:
    """Row security that binds the owner too, and one policy per verb. No policy means that nobody may.

    `changing`: the only columns that may be updated; all of them when empty.
    """
    columns = f" ({', '.join(changing)})" if changing else ""
    sentences = [
        f"alter table {table} enable row level security",
        f"alter table {table} force row level security",
        f"revoke all on {table} from public, casework_app",
        f"grant select on {table} to casework_app",
        f"create policy {table}_grants on {table} for select to casework_grants using (true)",
        f"create policy {table}_see on {table} for select to casework_app using ({select})",
    ]
    if insert is not None:
        sentences += [
            f"grant insert on {table} to casework_app",
            f"create policy {table}_add on {table} for insert to casework_app with check ({insert})",
        ]
    if update is not None:
        both = f"using ({update}) with check ({update})"
        sentences += [
            f"grant update{columns} on {table} to casework_app",
            f"create policy {table}_change on {table} for update to casework_app {both}",
        ]
    return ";\n".join(sentences) + ";"


def narrow_changes_sql(table: str, *columns: str) -> str:
    """From now on only these columns of a table may be updated: who wrote a row, and when, stays as it was."""
    return (
        f"revoke update on {table} from casework_app; grant update ({', '.join(columns)}) on {table} to casework_app;"
    )


def confidential_sql(table: str, compartment: str | None, *, case: str = "case_id", may_change: bool = True) -> str:
    """The usual policies of a confidential table: read and write by the compartment's permissions."""
    read = compartment_clause(case, compartment, write=False)
    write = compartment_clause(case, compartment, write=True)
    return protect_sql(table, select=read, insert=write, update=write if may_change else None)
