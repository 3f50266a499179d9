"""Looks up the locked libraries of an environment among the known vulnerabilities: ``python -m scripts.audit app|bot``.

The application: any vulnerability fails. The bot: one that no version allowed by Rasa's pins mends is reported and
passes (docs/decisions/0001-two-environments.md); any other fails. An id in the environment's list of accepted ones
passes in both. Where PyPI's advisories cannot be reached nothing is audited, and that is said.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

import httpx
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from helpline.settings import ROOT

# A version with known vulnerabilities: a mirror that leaves the advisories out is found by it.
PROBE = "https://pypi.org/pypi/requests/2.19.0/json"


@dataclass(frozen=True, slots=True)
class Environment:
    """A lock file's folder, the list of accepted ids, and whether a pin of another library excuses."""

    directory: Path
    accepted: Path
    pins_excuse: bool

    @property
    def packages(self) -> Path:
        """Where its libraries are installed."""
        return next((self.directory / ".venv" / "lib").glob("python*/site-packages"))


ENVIRONMENTS = {
    "app": Environment(ROOT, ROOT / ".ci" / "audit-ignore.txt", pins_excuse=False),
    "bot": Environment(ROOT / "bot", ROOT / "bot" / "audit-ignore.txt", pins_excuse=True),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A vulnerability of a locked library. ``fixed``: versions that mend it."""

    package: str
    version: str
    ids: tuple[str, ...]
    fixed: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.package} {self.version}: {self.ids[0]} (mended in {', '.join(self.fixed) or 'no version'})"


def findings(report: Mapping[str, object]) -> tuple[list[Finding], list[str]]:
    """The vulnerabilities in pip-audit's report, and the libraries that it could not look up."""
    found, skipped = [], []
    dependencies = report["dependencies"]
    assert isinstance(dependencies, list)
    for library in dependencies:
        if "skip_reason" in library:
            skipped.append(library["name"])
        for vulnerability in library.get("vulns", ()):
            ids = (vulnerability["id"], *vulnerability.get("aliases", ()))
            found.append(Finding(library["name"], library["version"], ids, tuple(vulnerability["fix_versions"])))
    return found, skipped


def accepted(file: Path) -> dict[str, str]:
    """Accepted ids with their reasons; a line is ``ID reason``. Raises SystemExit for one without a reason."""
    ids = {}
    for line in file.read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, reason = line.partition(" ")
            if not reason.strip():
                raise SystemExit(f"{file}: say why {name} is accepted.")
            ids[name] = reason.strip()
    return ids


def pins(site_packages: Path) -> dict[str, SpecifierSet]:
    """What the installed libraries ask of each other: package to the versions that they all allow."""
    asked: dict[str, SpecifierSet] = defaultdict(SpecifierSet)
    for distribution in distributions(path=[str(site_packages)]):
        for line in distribution.requires or ():
            requirement = Requirement(line)
            if "extra" not in str(requirement.marker or ""):
                asked[canonicalize_name(requirement.name)] &= requirement.specifier
    return asked


def judged(
    found: Iterable[Finding], ids: Mapping[str, str], pinned: Mapping[str, SpecifierSet]
) -> tuple[list[str], list[str]]:
    """Lines to report and lines that fail the build."""
    reported, failing = [], []
    for finding in found:
        reason = next((ids[name] for name in finding.ids if name in ids), "")
        pin = pinned.get(canonicalize_name(finding.package))
        if reason:
            reported.append(f"accepted   {finding}: {reason}")
        elif pin is not None and not any(pin.contains(version) for version in finding.fixed):
            reported.append(f"pinned     {finding}: other libraries here ask for {pin or 'it'}")
        else:
            failing.append(f"VULNERABLE {finding}")
    return reported, failing


def reachable() -> str:
    """Empty where PyPI's advisories answer, else why not."""
    try:
        response = httpx.get(PROBE, timeout=20, follow_redirects=True)
        if not response.is_success:
            return f"HTTP {response.status_code}"
        return "" if response.json().get("vulnerabilities") else "this mirror has none"
    except (httpx.HTTPError, ValueError) as error:
        return type(error).__name__


def locked(environment: Environment) -> list[str]:
    """``name==version`` of every library that the lock file has for this platform."""
    command = ["uv", "export", "--frozen", "--no-dev", "--no-emit-project", "--no-hashes", "--quiet"]
    lines = subprocess.run(command, cwd=environment.directory, capture_output=True, text=True, check=True).stdout
    python = environment.packages.parent.name.removeprefix("python")
    wanted = [Requirement(line) for line in lines.splitlines() if line[:1].isalnum()]
    here = {"python_version": python, "python_full_version": f"{python}.0"}
    return [f"{r.name}{r.specifier}" for r in wanted if r.marker is None or r.marker.evaluate(here)]


def audit(libraries: Iterable[str]) -> Mapping[str, object]:
    """pip-audit's report on these libraries; raises SystemExit with its last words where it fails."""
    with tempfile.TemporaryDirectory() as directory:
        names, report = Path(directory) / "locked.txt", Path(directory) / "report.json"
        names.write_text("\n".join(libraries))
        command = [sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "--progress-spinner", "off"]
        done = subprocess.run(
            [*command, "--format", "json", "--output", str(report), "--requirement", str(names)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if not report.exists():
            raise SystemExit(f"pip-audit failed: {' '.join(done.stderr.split())[-500:]}")
        found: Mapping[str, object] = json.loads(report.read_text("utf-8"))
        return found


def main() -> None:
    """Audit the environment named on the command line."""
    name = sys.argv[1] if len(sys.argv) == 2 else ""
    if name not in ENVIRONMENTS:
        raise SystemExit("Usage: python -m scripts.audit app|bot")
    environment = ENVIRONMENTS[name]
    ids = accepted(environment.accepted)
    if reason := reachable():
        sys.stdout.write(f"NOT AUDITED: PyPI's advisories cannot be reached from here ({reason}).\n")
        return
    found, skipped = findings(audit(locked(environment)))
    reported, failing = judged(found, ids, pins(environment.packages) if environment.pins_excuse else {})
    unused = sorted(set(ids) - {each for finding in found for each in finding.ids})
    for line in (*reported, *failing, *([f"not on PyPI: {', '.join(skipped)}"] if skipped else [])):
        sys.stdout.write(f"{line}\n")
    for each in unused:
        sys.stdout.write(f"no longer found, take it out of {environment.accepted.name}: {each}\n")
    sys.stdout.write(f"{len(found)} known vulnerabilities, {len(failing)} of them fail the build.\n")
    raise SystemExit(1 if failing else 0)


if __name__ == "__main__":
    main()
