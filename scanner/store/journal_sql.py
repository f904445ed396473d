"""Tables of the journal, and the statements that keep them the same in whatever order units finish."""

TABLES = """
create table if not exists meta (name text primary key, value text not null) without rowid;
create table if not exists unit (id text primary key, body blob not null) without rowid;
create table if not exists resource (id text primary key, unit text not null, body blob not null) without rowid;
create table if not exists key (id text primary key, unit text not null, body blob not null) without rowid;
create table if not exists key_alias (alias text primary key, id text not null) without rowid;
create table if not exists tags (resource text primary key, body blob not null) without rowid;
create table if not exists discovery (resource text not null, source text not null, finding text not null,
    unit text not null, body blob not null, primary key (resource, source, finding)) without rowid;
create table if not exists place (target text primary key, body blob not null) without rowid;
create table if not exists sample (resource text primary key, body blob not null) without rowid;
create table if not exists reference (
    kind text, target text, account text, region text, primary key (kind, target, account, region)) without rowid;
create table if not exists looked_up (unit text, kind text, target text, account text, region text,
    primary key (unit, kind, target, account, region)) without rowid;
create table if not exists coverage (unit text not null, seq integer not null, body blob not null,
    primary key (unit, seq)) without rowid;
create table if not exists calls (unit text not null, operation text not null, count integer not null,
    primary key (unit, operation)) without rowid;
create table if not exists assessed (id text primary key, body blob not null) without rowid;
create table if not exists assessed_key (id text primary key, body blob not null) without rowid;
create table if not exists finding (id text not null, severity integer not null, status text not null,
    control text not null, subject text not null, body blob not null, primary key (control, subject, id)) without rowid;
"""

# Two units may see one thing (a global cluster answers in three services). The smaller unit id wins, whatever the order
# in which they finished, so that two scans of one state store the same.
PUT_RESOURCE = """insert into resource values (?, ?, ?)
    on conflict do update set unit = excluded.unit, body = excluded.body where excluded.unit < unit"""
PUT_KEY = """insert into key values (?, ?, ?)
    on conflict do update set unit = excluded.unit, body = excluded.body where excluded.unit < unit"""

# What another journal of the same scan holds of units that are not here yet. Rows under names that are no units (closed
# regions, units that were not reached) are joined by those who know what they mean.
ABSORB = (
    """insert into resource select * from part.resource where unit not in (select id from main.unit)
    on conflict do update set unit = excluded.unit, body = excluded.body where excluded.unit < unit""",
    """insert into key select * from part.key where unit not in (select id from main.unit)
    on conflict do update set unit = excluded.unit, body = excluded.body where excluded.unit < unit""",
    "insert or ignore into key_alias select * from part.key_alias",
    "insert or ignore into tags select * from part.tags",
    "insert or ignore into discovery select * from part.discovery where unit not in (select id from main.unit)",
    "insert or ignore into place select * from part.place",
    "insert or ignore into sample select * from part.sample",
    "insert or ignore into reference select * from part.reference",
    """insert or ignore into coverage select * from part.coverage
    where unit in (select id from part.unit) and unit not in (select id from main.unit)""",
    "insert or ignore into calls select * from part.calls where unit not in (select id from main.unit)",
    "insert or ignore into looked_up select * from part.looked_up where unit not in (select id from main.unit)",
    "insert or ignore into unit select * from part.unit",
)
