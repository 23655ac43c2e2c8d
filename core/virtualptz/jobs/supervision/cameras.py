"""What people ask of the cameras on air beside where to look: how to work, and views by name."""

import asyncio
from collections.abc import Callable
from typing import Protocol, TypeVar

from ...camera.choice import policy_for
from ...errors import ConfigError, PluginError
from ...protocols import SmoothingPolicy
from ...settings import Settings
from ..keyfile import load_key, write_key
from ..records.presets import PresetTable, camera_of
from ..records.store import Store
from ..rules import CameraRules, RuleChange
from ..status import Preset, RecallOutcome, RuleOutcome
from .roster import Roster

KEY_FILE = "camera.key"

T = TypeVar("T")


class Policies(Protocol):
    """Those that plug-ins offer; the plug-in host is one."""

    def smoothing_policy(self, name: str, *, lookahead: float | None = None) -> SmoothingPolicy:
        """Build one. Raises PluginError, which names those that there are, or ConfigError."""


class Cameras:
    """The cameras of all ingests. What names a job raises UnknownJobError, JobNotRunningError."""

    def __init__(self, roster: Roster, store: Store, settings: Settings, policies: Policies) -> None:
        self._roster = roster
        self._store = store
        self._policies = policies
        self._key_file = settings.state_dir / KEY_FILE
        self._key = b""
        self._settings = settings
        self._usual = CameraRules()

    async def check_settings(self) -> None:
        """Raises ConfigError where no job could have the policy of the settings."""
        self._usual = await self.usual(self._settings, self._policies)

    @staticmethod
    async def usual(settings: Settings, policies: Policies) -> CameraRules:
        """How cameras work where nobody asks for more. Raises ConfigError where none could work so."""
        rules = CameraRules(policy=settings.smoothing_policy, lookahead_seconds=settings.lookahead_seconds)
        await _check(rules, policies, "RUNNER_SMOOTHING_POLICY")
        return rules

    def use(self, usual: CameraRules, policies: Policies) -> None:
        """For later jobs, and for what is asked of those that run."""
        self._usual, self._policies = usual, policies

    async def open(self) -> None:
        """To be called when the state folder is this agent's. Raises ConfigError."""
        self._key = await asyncio.to_thread(load_key, self._key_file)

    async def keep_key(self) -> None:
        """For a state folder that was made anew: presets are found by it. Raises OSError."""
        await asyncio.to_thread(write_key, self._key_file, self._key)

    async def rules_for(self, asked: RuleChange) -> CameraRules:
        """The rules of a new job. Raises ConfigError, which names the policies that there are."""
        rules = self._usual.after(asked)
        await _check(rules, self._policies, "smoothing_policy")
        return rules

    async def rule(self, job_id: str, change: RuleChange) -> RuleOutcome:
        """How a camera works from now on; the job's next processes remember it.

        Raises ConfigError where it cannot be: then nothing is changed.
        """
        job = self._roster.at_work(job_id, "ingest")
        if (change.policy, change.lookahead_seconds) != (None, None):
            await _check(job.rules.after(change), self._policies, "policy")
        reply = await job.rule(change)
        if reply is not None and reply.error is not None:
            raise ConfigError(reply.error)
        await self._roster.remember(self._roster.at_work(job_id, "ingest"))
        return RuleOutcome(job.status(), applied=reply is not None)

    async def presets(self, job_id: str) -> tuple[Preset, ...]:
        """Those of the job's camera, by name. Raises StoreError."""
        return await self._with_presets(job_id, PresetTable.of)

    async def keep(
        self,
        job_id: str,
        name: str,
        *,
        center_x: float | None = None,
        center_y: float | None = None,
        zoom: float | None = None,
    ) -> tuple[Preset, ...]:
        """Name a view, the rest of which is as the camera looks now; all that there are then.

        Raises ConfigError where the camera has enough of them, StoreError.
        """
        asked = {"center_x": center_x, "center_y": center_y, "zoom": zoom}
        now = self._roster.at_work(job_id, "ingest").looks_at
        view = now.model_copy(update={each: value for each, value in asked.items() if value is not None})
        return await self._with_presets(job_id, lambda table, camera: table.keep(camera, name, view))

    async def drop(self, job_id: str, name: str) -> tuple[Preset, ...]:
        """Forget a preset; those that are left. Raises UnknownPresetError, StoreError."""
        return await self._with_presets(job_id, lambda table, camera: table.drop(camera, name))

    async def recall(self, job_id: str, name: str, glide_seconds: float) -> RecallOutcome:
        """Take a camera and glide to a preset. Raises UnknownPresetError, StoreError."""
        preset = await self._with_presets(job_id, lambda table, camera: table.find(camera, name))
        reply = await self._roster.at_work(job_id, "ingest").recall(preset, glide_seconds)
        return RecallOutcome(preset, reply is not None, reply.glide_seconds if reply else 0.0)

    async def _with_presets(self, job_id: str, work: Callable[[PresetTable, str], T]) -> T:
        """What `work` does, in the store's thread, with the table for the job's camera."""
        camera = camera_of(self._roster.at_work(job_id, "ingest").spec.source, self._key)
        return await self._store.use(lambda database: work(database.presets, camera))


async def _check(rules: CameraRules, policies: Policies, what: str) -> None:
    """Build what will be built in the job's process; `what` names in the error who asked for it."""
    name, lookahead = policy_for(rules.policy, rules.lookahead_seconds), rules.lookahead_seconds
    try:
        await asyncio.to_thread(policies.smoothing_policy, name, lookahead=lookahead)
    except PluginError as error:
        raise ConfigError(f"{what}: {error}; or auto") from error
