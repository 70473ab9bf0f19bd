"""Accounts, and the log of what staff did."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m004_staff",
    (
        """create table account (
                name text primary key,
                password text not null,       -- argon2id
                role text not null,
                session_epoch {instant} not null,  -- raised to sign out everywhere
                created_at {instant} not null,
                closed_at {instant}
            ){strict}""",
        """create table audit (
                id {instant} primary key,
                at {instant} not null,
                who text not null,
                what text not null,
                detail text not null
            ){strict}""",
    ),
    append_only=("audit",),
)
