from django.db import migrations

TABLES = """
create table audit_seal_log (
  epoch integer primary key check (epoch > 0),
  origin text not null unique,
  cluster text not null,
  previous text,
  reason text not null,
  started_at timestamptz not null default clock_timestamp());
create table audit_seal_head (
  epoch integer not null references audit_seal_log,
  size bigint not null check (size > 0),
  horizon xid8 not null,
  root bytea not null check (length(root) = 32),
  peaks bytea not null,
  last_entry bigint,
  note text not null,
  sealed_at timestamptz not null default clock_timestamp(),
  primary key (epoch, size));
create table audit_seal_leaf (
  epoch integer not null,
  index bigint not null check (index >= 0),
  entry_id bigint,
  hash bytea not null check (length(hash) = 32),
  primary key (epoch, index));
create index audit_seal_leaf_of_entry on audit_seal_leaf (entry_id);
create table audit_seal_node (
  epoch integer not null,
  height smallint not null check (height in (8, 16, 24, 32, 40)),
  index bigint not null check (index >= 0),
  hash bytea not null check (length(hash) = 32),
  primary key (epoch, height, index));
create table audit_witness_answer (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  witness text not null,
  epoch integer not null,
  size bigint not null,
  problem text not null,
  cosignature text not null);
create index audit_witness_answer_latest on audit_witness_answer (witness, id);
create table audit_verification (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  whole boolean not null,
  entries bigint not null,
  findings jsonb not null);
create table audit_archive (
  month date primary key,
  entries bigint not null,
  sha256 text not null,
  archived_at timestamptz not null default clock_timestamp());
"""

# The application reads hashes, heads and answers; only the sealer adds, and nobody changes.
GUARD = "".join(
    f"""
create trigger {table}_frozen before update or delete on {table}
  for each row execute function audit_entry_frozen();
create trigger {table}_kept before truncate on {table}
  for each statement execute function audit_entry_frozen();
alter table {table} enable always trigger {table}_frozen;
alter table {table} enable always trigger {table}_kept;
revoke all on {table} from public;
grant select on {table} to casework_app;
grant select, insert on {table} to casework_sealer;
"""
    for table in (
        "audit_seal_log",
        "audit_seal_head",
        "audit_seal_leaf",
        "audit_seal_node",
        "audit_witness_answer",
        "audit_verification",
        "audit_archive",
    )
)

# For the pages: the application reads only entries that a member may read, and this says nothing but a time.
OLDEST_UNSEALED = """
create function casework_oldest_unsealed() returns timestamptz language sql stable security definer
 set search_path = pg_catalog, pg_temp as $$
  select e."timestamp" from public.audit_auditentry e
  where e.xid >= coalesce(
      (select h.horizon from public.audit_seal_head h order by h.epoch desc, h.size desc limit 1), '0'::xid8)
    and e.xid < pg_snapshot_xmax(pg_current_snapshot())
    and not exists (select from public.audit_seal_leaf l where l.entry_id = e.id)
  order by e.xid limit 1 $$;
grant select on audit_seal_head, audit_seal_leaf to casework_grants;
revoke all on function casework_oldest_unsealed() from public;
grant execute on function casework_oldest_unsealed() to casework_app, casework_sealer;
alter function casework_oldest_unsealed() owner to casework_grants;
"""


class Migration(migrations.Migration):
    """What the sealer writes: the tree, its signed heads, what witnesses answered, and how verifications ended."""

    dependencies = [("audit", "0004_entries_by_month")]
    operations = [
        migrations.RunSQL(TABLES, migrations.RunSQL.noop),
        migrations.RunSQL(GUARD, migrations.RunSQL.noop),
        migrations.RunSQL(OLDEST_UNSEALED, migrations.RunSQL.noop),
    ]
