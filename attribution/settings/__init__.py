"""
What may differ between two installations: `config.toml`, the environment, the keys.

`loading` reads all of it once and refuses what is missing or wrong; `resident_options` has
the tables about residents, `thresholds` those of the alarms, `hosts` the names under which
we are asked. Plain values: what is made of them stands where it is used.
"""
from attribution.settings.loading import Settings, load_settings

__all__ = ["Settings", "load_settings"]
