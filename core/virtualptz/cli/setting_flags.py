"""A flag for each setting, made of the one schema. Slow to import: only by commands that are asked for."""

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from pydantic import BaseModel, create_model
from pydantic.fields import FieldInfo

from ..flags import NOT_BY_FLAG, Flags
from ..settings import Settings, load_settings

_TABLES: dict[str, tuple[Any, str]] = {
    "framing": (dict[str, str], "How tracks become a view: --framing.max-zoom 2.2 (docs/settings.md)."),
    "plugin": (
        dict[str, dict[str, str]],
        "Options by extension: --plugin.spring.max-speed 0.4 (virtualptz plugins show spring).",
    ),
}


def _flag(name: str, info: FieldInfo) -> tuple[Any, None]:
    if name in _TABLES:
        kind, text = _TABLES[name]
    else:
        kind, text = (bool if info.annotation is bool else str), _help(info)
    shown = Parameter(help=text, show_default=False, show=name not in NOT_BY_FLAG)
    return Annotated[kind | None, shown], None


def _help(info: FieldInfo) -> str:
    text = info.description or ""
    default = info.get_default()
    shown = ",".join(map(str, default)) if isinstance(default, tuple) else str(default)
    return f"{text} [default: {shown.lower() if isinstance(default, bool) else shown}]" if shown else text


_fields: dict[str, Any] = {name: _flag(name, info) for name, info in Settings.model_fields.items()}
_fields["state_dir"] = (
    Annotated[str | None, Parameter(help=Settings.model_fields["state_dir"].description, show_default=False)],
    None,
)
SettingFlags: type[BaseModel] = create_model("SettingFlags", **_fields)
"""None where a flag is not given."""
if TYPE_CHECKING:
    Given = BaseModel
else:
    Given = Annotated[SettingFlags, Parameter(name="*", group="Settings")]
NO_FLAGS = SettingFlags()


def read_with(given: BaseModel) -> Settings:
    """The settings, those flags first. Raises ConfigError."""
    return load_settings(flags_of(given))


def flags_of(given: BaseModel) -> Flags:
    values = {name: value for name in _fields if (value := getattr(given, name)) is not None}
    framing: dict[str, str] = values.pop("framing", {})
    plugin: dict[str, dict[str, str]] = values.pop("plugin", {})
    return Flags(
        values,
        {_underscored(name): value for name, value in framing.items()},
        {
            extension: {_underscored(option): value for option, value in options.items()}
            for extension, options in plugin.items()
        },
    )


def _underscored(name: str) -> str:
    return name.replace("-", "_")
