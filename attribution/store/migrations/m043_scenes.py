"""Where residents can pay: the register of scenes (场景建设), each change a row of its own."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m043_scenes",
    (
        # The newest row of a scene is what it is now; the earlier ones say what it was.
        """create table scene_version (
                campaign text not null,
                id {instant} not null,
                at {instant} not null,
                scene {instant} not null,     -- its number in the register, from 1
                sector text not null,
                kind text not null,
                name text not null,
                place text not null,
                area text not null,           -- ids of units; empty where nobody is named
                department text not null,
                bank text not null,
                second_bank text not null,
                ways text not null,           -- of 二维码 闪付 免密, with 、 between
                state text not null,          -- planned, building, open, closed
                opened {instant} not null,    -- yyyymmdd; 0: no day was told
                checked {instant} not null,
                note text not null,
                by_whom text not null,
                primary key (campaign, id)
            ){strict}""",
        "create index scene_version_by_scene on scene_version (campaign, scene, id)",
    ),
    append_only=("scene_version",),
)
