"""The production files against the code: services, variables, ports, health routes, what the images copy."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from channels.errors import UnknownChannel
from helpline.db.embedded import CONFIGURATION
from helpline.settings import ROOT, Settings
from helpline.stack import parts as stack_parts
from helpline.stack import public, staff
from scripts.docs import needed, variable

COMPOSE = ROOT / "docker-compose.yml"
EXAMPLE = ROOT / "deploy" / ".env.example"
CADDYFILE = ROOT / "deploy" / "Caddyfile"
DOCKERFILES = (ROOT / "deploy" / "Dockerfile", ROOT / "deploy" / "Dockerfile.rasa")

OURS = ("migrate", "actions", "worker", "public", "staff")
REPLICATED = ("worker", "rasa", "actions", "public", "staff")
# Variables of the images that we only run, and of Compose itself: postgres, redis, caddy, OpenBLAS, this repository.
THIRD_PARTY = {
    "POSTGRES_PASSWORD", "POSTGRES_USER", "POSTGRES_DB", "REDISCLI_AUTH", "REDIS_PASSWORD", "CADDY_PUBLIC_HOST",
    "CADDY_STAFF_HOST", "CADDY_STAFF_ALLOW", "CADDY_EMAIL", "CADDY_SUBNET", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
    "HELPLINE_VERSION",
}  # fmt: skip
# Rasa's process reads these besides settings; bot/README.md explains them.
RASA_OWN = {"HELPLINE_ACTIONS_ADDRESS", "SANIC_WORKERS", "LOG_LEVEL"}
# Settings that mean nothing in a container of the application, and why.
NOT_PASSED = {
    "HELPLINE_MODEL_DIR": "only `helpline train` and Rasa read a model; the image of Rasa has its own",
    "HELPLINE_RASA_HOST": "Rasa's own container sets it",
    "HELPLINE_RASA_PORT": "Rasa's own container sets it",
    "HELPLINE_REDIS_URL": "Rasa's own container sets it",
}
_REFERENCE = re.compile(r"\$\{(\w+)(:[?-])?([^}]*)\}")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The compose file, its anchors resolved."""
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text("utf-8"))
    return loaded


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Its services."""
    found: dict[str, dict[str, Any]] = compose["services"]
    return found


def setting_variables() -> set[str]:
    return {variable(name) for name in Settings.model_fields}


def in_example() -> tuple[set[str], set[str]]:
    """The variables of .env.example: those to fill in, and those that stand there as comments."""
    text = EXAMPLE.read_text("utf-8")
    return set(re.findall(r"^([A-Z_]+)=", text, re.M)), set(re.findall(r"^#([A-Z_]+)=", text, re.M))


def interpolated(value: str, environment: dict[str, str]) -> str:
    """``value`` as Compose fills it in; fails where a required variable is not there."""

    def fill(found: re.Match[str]) -> str:
        name, kind, rest = found.groups()
        if environment.get(name):
            return environment[name]
        assert kind == ":-", f"{name} is required: {rest}"
        return str(rest)

    return _REFERENCE.sub(fill, value)


def test_every_part_is_a_service(services: dict[str, dict[str, Any]]) -> None:
    parts = stack_parts.parts(Settings())
    assert len(parts) == 5
    assert {part.name for part in parts} | {"postgres", "redis", "caddy", "migrate"} == set(services)
    for part in parts:
        if part.name != "rasa":
            assert services[part.name]["command"] == ["python", *part.command[1:]]


def test_every_service_has_a_health_check(services: dict[str, dict[str, Any]]) -> None:
    checked = [name for name, service in services.items() if "healthcheck" in service]
    assert sorted(checked) == sorted(set(services) - {"migrate"}), (
        "migrate ends, all others must say that they are well"
    )
    for name in set(OURS) - {"migrate"}:
        assert services[name]["healthcheck"]["test"] == ["CMD", "helpline", "health", name]
    own = stack_parts.parts(Settings())
    assert f":{Settings().rasa_port}/health" in services["rasa"]["healthcheck"]["test"][-1]
    assert all(part.health.endswith("/health") for part in own if part.name != "worker")


def test_a_replica_has_neither_a_name_nor_a_port(services: dict[str, dict[str, Any]]) -> None:
    assert set(REPLICATED) <= set(services)
    for name in REPLICATED:
        assert not {"container_name", "ports", "hostname"} & set(services[name]), name
    assert [name for name, service in services.items() if "ports" in service] == ["caddy"]


def test_networks(compose: dict[str, Any], services: dict[str, dict[str, Any]]) -> None:
    on = {
        network: {name for name, service in services.items() if network in service["networks"]}
        for network in compose["networks"]
    }
    assert on["outside"] == {"caddy", "worker"}
    assert on["edge"] == {"caddy", "public", "staff"}
    assert on["inside"] == set(services) - {"caddy"}
    assert compose["networks"]["edge"]["internal"] and compose["networks"]["inside"]["internal"]
    trusted = services["public"]["environment"]["HELPLINE_TRUSTED_PROXIES"]
    assert compose["networks"]["edge"]["ipam"]["config"] == [{"subnet": trusted}]


def test_addresses_and_ports_fit_each_other(services: dict[str, dict[str, Any]]) -> None:
    for name in OURS:
        environment = services[name]["environment"]
        assert (
            environment["HELPLINE_RASA_URL"] == f"http://rasa:{services['rasa']['environment']['HELPLINE_RASA_PORT']}"
        )
        assert environment["HELPLINE_ACTIONS_URL"] == f"http://actions:{environment['HELPLINE_ACTIONS_PORT']}"
        for part in ("PUBLIC", "STAFF", "ACTIONS"):
            assert environment[f"HELPLINE_{part}_HOST"] == "0.0.0.0"
    rasa = services["rasa"]["environment"]
    assert rasa["HELPLINE_ACTIONS_ADDRESS"] == services["worker"]["environment"]["HELPLINE_ACTIONS_URL"]
    assert rasa["HELPLINE_RASA_HOST"] == "0.0.0.0"
    assert rasa["DATABASE_URL"] == services["worker"]["environment"]["DATABASE_URL"]
    assert rasa["HELPLINE_RASA_TOKEN"] == services["worker"]["environment"]["HELPLINE_RASA_TOKEN"]


def test_every_variable_is_known(services: dict[str, dict[str, Any]]) -> None:
    known = setting_variables() | THIRD_PARTY
    seen = 0
    for name, service in services.items():
        for key in service.get("environment", {}):
            assert key in known | (RASA_OWN if name == "rasa" else set()), f"{name}: {key} is no setting"
            seen += 1
    for reference in _REFERENCE.finditer(COMPOSE.read_text("utf-8")):
        assert reference[1] in known, f"{reference[1]} is no setting"
        seen += 1
    assert seen > 100


def test_every_setting_reaches_the_processes_that_meet_providers(services: dict[str, dict[str, Any]]) -> None:
    wanted = setting_variables() - set(NOT_PASSED)
    assert len(wanted) > 30
    for name in ("worker", "public"):
        missing = wanted - set(services[name]["environment"])
        assert not missing, f"{name} does not get {sorted(missing)}; pass it on, or say in NOT_PASSED why not"
    readme = (ROOT / "bot" / "README.md").read_text("utf-8")
    for key in services["rasa"]["environment"]:
        assert f"`{key}`" in readme, f"bot/README.md does not explain {key}"
    assert {"HELPLINE_RASA_HOST", "HELPLINE_RASA_PORT", "HELPLINE_REDIS_URL"} <= set(services["rasa"]["environment"])


def test_provider_secrets_only_where_they_are_used(services: dict[str, dict[str, Any]]) -> None:
    tokens = {"HELPLINE_TWILIO_AUTH_TOKEN", "HELPLINE_TELEGRAM_TOKEN"}
    holders = {name for name, service in services.items() if tokens & set(service.get("environment", {}))}
    assert holders == {"worker", "public"}
    assert not {"HELPLINE_ENCRYPTION_KEYS", "HELPLINE_INDEX_KEY"} & set(services["rasa"]["environment"])


def test_what_production_needs_has_no_default(services: dict[str, dict[str, Any]]) -> None:
    required = needed(mode="production")
    assert len(required) >= 5
    for name in OURS:
        for key in required:
            value = services[name]["environment"][key]
            assert ":?" in value and ":-" not in value, f"{name}: {key} must stop Compose where it is not set"
    secrets = {variable(n) for n, f in Settings.model_fields.items() if "SecretStr" in str(f.annotation)}
    assert len(secrets) >= 5
    for service in services.values():
        for key, value in service.get("environment", {}).items():
            if key in secrets or "PASSWORD" in key or key == "REDISCLI_AUTH":
                assert value is None or re.fullmatch(r"\$\{\w+:\?[^}]+\}", value), f"{key} has a value of its own"


def test_the_processes_start_with_what_compose_gives_them(
    services: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill, _comments = in_example()
    filled = dict.fromkeys(fill, "value")
    for name in OURS:
        with monkeypatch.context() as patch:
            for key in setting_variables():
                patch.delenv(key, raising=False)
            for key, value in services[name]["environment"].items():
                if value is not None:
                    patch.setenv(key, interpolated(str(value), filled))
            settings = Settings().checked()
        assert settings.mode == "production" and not settings.serves_unreviewed
        assert settings.public_address == "https://value"
        assert settings.database_url == "postgresql://helpline:value@postgres:5432/helpline"


@pytest.mark.parametrize("left_out", sorted(in_example()[0]))
def test_compose_stops_where_a_variable_is_missing(left_out: str) -> None:
    filled = dict.fromkeys(in_example()[0] - {left_out}, "value")
    with pytest.raises(AssertionError, match=left_out):
        interpolated(COMPOSE.read_text("utf-8"), filled)


def test_the_example_lists_exactly_what_compose_reads(services: dict[str, dict[str, Any]]) -> None:
    fill, comments = in_example()
    references = {found[1]: found[2] for found in _REFERENCE.finditer(COMPOSE.read_text("utf-8"))}
    passed = {
        key for service in services.values() for key, value in service.get("environment", {}).items() if not value
    }
    assert fill == {name for name, kind in references.items() if kind == ":?"}
    assert comments == {name for name, kind in references.items() if kind == ":-"} | passed
    assert "=\n" in EXAMPLE.read_text("utf-8") and not re.search(r"^[A-Z_]+=.", EXAMPLE.read_text("utf-8"), re.M)


def test_the_defaults_in_the_example_are_the_settings() -> None:
    shown = dict(re.findall(r"^#([A-Z_]+)=(.+)$", EXAMPLE.read_text("utf-8"), re.M))
    checked = 0
    for name, field in Settings.model_fields.items():
        if variable(name) in shown and name != "serve_unreviewed":
            assert str(field.default).removesuffix(".0") == shown[variable(name)], name
            checked += 1
    assert checked >= 10


def test_the_spool_outlives_its_container(compose: dict[str, Any], services: dict[str, dict[str, Any]]) -> None:
    public = services["public"]
    directory = Path(public["environment"]["HELPLINE_DATA_DIR"])
    assert public["volumes"] == [f"spool:{directory}"] and "spool" in compose["volumes"]
    assert directory in Settings(data_dir=directory).spool_dir.parents
    assert services["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]
    dockerfile = DOCKERFILES[0].read_text("utf-8")
    assert (
        f"HELPLINE_DATA_DIR={directory}" in dockerfile and f"-o helpline -g helpline -m 0700 {directory}" in dockerfile
    )


def test_the_database_logs_no_values(services: dict[str, dict[str, Any]]) -> None:
    wanted = [line for line in CONFIGURATION.split("\n") if line.startswith("log_")]
    assert len(wanted) >= 4
    for line in wanted:
        assert line.replace(" ", "") in services["postgres"]["command"], line


def test_caddy_lets_only_webhooks_and_health_through(services: dict[str, dict[str, Any]]) -> None:
    text = CADDYFILE.read_text("utf-8")
    sites = dict(re.findall(r"^\{\$(CADDY_\w+_HOST)\} \{\n(.*?)^\}", text, re.M | re.S))
    assert set(sites) == {"CADDY_PUBLIC_HOST", "CADDY_STAFF_HOST"}
    assert re.findall(r"@open path (.+)", sites["CADDY_PUBLIC_HOST"]) == ["/webhooks/* /health"]
    assert "remote_ip {$CADDY_STAFF_ALLOW}" in sites["CADDY_STAFF_HOST"]
    for site, part, otherwise in (("PUBLIC", "public", 404), ("STAFF", "staff", 403)):
        body = sites[f"CADDY_{site}_HOST"]
        port = services[part]["environment"][f"HELPLINE_{site}_PORT"]
        assert re.findall(r"name (\w+)\s+port (\d+)", body) == [(part, port)]
        assert body.count("reverse_proxy") == 1 and f"respond {otherwise}" in body
    assert set(re.findall(r"\{\$(\w+)\}", text)) == set(services["caddy"]["environment"])


def test_the_routes_behind_caddy_are_there(settings: Settings) -> None:
    paths = {route.path for route in staff.create(settings).routes if isinstance(route, APIRoute)}
    assert {"/health", "/state"} <= paths
    open_to_all = set(re.findall(r"^\s*@open path (.+)", CADDYFILE.read_text("utf-8"), re.M)[0].split())
    client = TestClient(public.create(settings))
    assert client.get("/health").status_code == 200
    assert client.post("/webhooks/nobody").json() == {"error": UnknownChannel().message}
    assert client.get("/metrics").status_code == 404
    assert open_to_all == {"/health", "/webhooks/*"}


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda file: file.name)
def test_images(dockerfile: Path, services: dict[str, dict[str, Any]]) -> None:
    lines = dockerfile.read_text("utf-8").replace("\\\n", " ").splitlines()
    sources = [
        source
        for line in lines
        if line.startswith("COPY ") and "--from" not in line
        for source in shlex.split(line)[1:-1]
    ]
    assert len(sources) >= 3
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    for source in sources:
        assert (ROOT / source).exists(), source
        assert f"!{source.split('/')[0]}" in ignored, f".dockerignore keeps {source} from the builder"
    assert lines[-2:] == [next(line for line in lines if line == "USER helpline"), lines[-1]]
    assert any("uv sync --frozen --no-dev" in line for line in lines)
    assert f"deploy/{dockerfile.name}" in {
        service["build"]["dockerfile"] for service in services.values() if "build" in service
    }
    python = {"Dockerfile": "3.11", "Dockerfile.rasa": "3.10"}[dockerfile.name]
    assert all(f"python:{python}-slim" in line for line in lines if line.startswith("FROM "))


def test_the_application_image_holds_every_package() -> None:
    packages = re.search(
        r'^packages = (\["helpline", "knowledge".*\])$', (ROOT / "pyproject.toml").read_text("utf-8"), re.M
    )
    assert packages is not None
    for package in yaml.safe_load(packages[1]):
        assert f"COPY {package} ./{package}" in DOCKERFILES[0].read_text("utf-8")


def test_no_secret_reaches_the_builder() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line and line[0] != "#"]
    assert lines[0] == "*", "everything is left out but what is named"
    assert not {"!.env", "!var", "!.git", "!deploy"} & set(lines)
    assert ".env" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def test_compose_itself_reads_the_file(tmp_path: Path) -> None:
    """Where Docker's client has Compose; the tests above read the file themselves."""
    found = [
        command
        for command in (["docker", "compose"], ["docker-compose"])
        if shutil.which(command[0])
        and subprocess.run([*command, "version"], capture_output=True, check=False).returncode == 0
    ]
    if not found:
        pytest.skip("no Compose on this machine")
    file = tmp_path / ".env"
    file.write_text("".join(f"{name}=value\n" for name in in_example()[0] | {"HELPLINE_SMS_PER_SECOND"}))
    run = subprocess.run(
        [*found[0], "--env-file", str(file), "-f", str(COMPOSE), "config"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert (
        yaml.safe_load(run.stdout)["services"].keys() == yaml.safe_load(COMPOSE.read_text("utf-8"))["services"].keys()
    )
