"""An agent to be killed: `agent.py STATE_DIR BEHAVIOUR...` starts jobs and prints their ids at once."""

import asyncio
import sys
from pathlib import Path

from tests.core.jobs.harness import PATIENT, ingest, new_engine, settings_for


async def run(state_dir: Path, behaviours: list[str]) -> None:
    engine = new_engine(settings_for(state_dir), timing=PATIENT)
    await engine.start()
    for behaviour in behaviours:
        sys.stdout.write(f"{await ingest(engine, behaviour)}\n")
        sys.stdout.flush()
    sys.stdout.write("all\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), sys.argv[2:]))
