"""All settings, read once by each composition root. Every one is documented in docs/settings.md."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from helpline.errors import ConfigurationError

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """The settings of one process; environment variables with the prefix ``HELPLINE_``.

    Raises ConfigurationError through :meth:`checked` where a production process lacks a secret.
    """

    model_config = SettingsConfigDict(env_prefix="HELPLINE_", extra="ignore", frozen=True, populate_by_name=True)

    mode: Literal["embedded", "production"] = Field(
        "embedded",
        description="`embedded`: `make up` makes its own database and secrets; `production`: all by environment.",
    )
    database_url: str = Field(
        "",
        validation_alias=AliasChoices("HELPLINE_DATABASE_URL", "DATABASE_URL"),
        description="PostgreSQL address (`postgresql://…`, also read from `DATABASE_URL`); empty: the embedded one.",
    )
    data_dir: Path = Field(ROOT / "var", description="Where the embedded database, logs, models and the spool live.")
    log_level: str = Field("INFO", description="Level of the structured log.")
    model_dir: Path | None = Field(
        None, description="Where the trained bot lives, kept by hash; empty: `models` in the data directory."
    )

    encryption_keys: Annotated[list[SecretStr], NoDecode] = Field(
        default_factory=list,
        description="Fernet keys, newest first, separated by commas; `helpline keys new` makes one.",
    )
    index_key: SecretStr = Field(SecretStr(""), description="Key of the blind index over addresses; never changes.")

    public_host: str = Field("127.0.0.1", description="Address that the public gateway (webhooks) listens on.")
    public_port: int = Field(8080, description="Port of the public gateway.")
    staff_host: str = Field("127.0.0.1", description="Address that the staff gateway listens on.")
    staff_port: int = Field(8081, description="Port of the staff gateway.")
    rasa_host: str = Field(
        "127.0.0.1", description="Address that Rasa listens on: loopback or the private network only."
    )
    rasa_port: int = Field(5005, description="Port of the Rasa server.")
    actions_host: str = Field("127.0.0.1", description="Address that the action server listens on.")
    actions_port: int = Field(5055, description="Port of the action server.")
    rasa_url: str = Field("", description="Address of Rasa for the worker; empty: made from host and port.")
    actions_url: str = Field("", description="Address of the action server for Rasa; empty: made from host and port.")
    rasa_token: SecretStr = Field(
        SecretStr(""), description="Token that Rasa asks for; empty only in the embedded mode."
    )
    redis_url: str = Field("", description="Redis for Rasa's lock store; empty: locks in memory, one Rasa only.")

    public_url: str = Field(
        "", description="The public address of the webhooks as the providers see it, for signatures."
    )
    metrics_host: str = Field("127.0.0.1", description="Address that a process serves metrics on; never a public one.")
    metrics_port: int = Field(
        0, description="Port of the metrics of this process; 0: none. Embedded: the worker's, the public one is next."
    )
    trusted_proxies: str = Field("127.0.0.1", description="Proxies whose forwarded addresses are believed.")
    max_body_bytes: int = Field(262_144, description="Largest webhook body that is read, in bytes.")
    requests_per_minute: int = Field(
        1200, description="Unsigned or refused webhook requests allowed a minute and address."
    )

    twilio_account_sid: str = Field("", description="Twilio account SID; empty: Twilio is off.")
    twilio_auth_token: SecretStr = Field(SecretStr(""), description="Twilio auth token: signs webhooks and sends.")
    twilio_whatsapp_from: str = Field("", description="WhatsApp sender number, E.164; empty: WhatsApp is off.")
    twilio_sms_from: str = Field(
        "", description="SMS sender number, E.164, or messaging service SID; empty: SMS is off."
    )
    twilio_template_sid: str = Field(
        "", description="Content SID of the approved WhatsApp template that opens a closed window."
    )
    twilio_api_base: str = Field("https://api.twilio.com", description="Base address of Twilio's API.")
    telegram_token: SecretStr = Field(SecretStr(""), description="Telegram bot token; empty: Telegram is off.")
    telegram_secret: SecretStr = Field(SecretStr(""), description="Secret token that Telegram sends with each update.")
    telegram_api_base: str = Field("https://api.telegram.org", description="Base address of Telegram's Bot API.")

    whatsapp_per_second: float = Field(40.0, description="Messages a second that may be sent over WhatsApp.")
    sms_per_second: float = Field(10.0, description="Messages a second that may be sent by SMS.")
    telegram_per_second: float = Field(25.0, description="Messages a second that may be sent over Telegram.")
    send_give_up_after_s: int = Field(
        86_400, description="Age in seconds at which an unsent reply is given up, visibly."
    )
    send_timeout_s: float = Field(10.0, description="Seconds that one call to a provider may take.")
    retry_base_s: float = Field(
        2.0, description="First delay of a retry in seconds; doubles, with jitter, to five minutes."
    )
    loop_guard_repeats: int = Field(4, description="How often the same text may go to the same person in ten minutes.")
    rasa_timeout_s: float = Field(10.0, description="Seconds that one turn of Rasa may take.")
    away_notice_after_s: float = Field(60.0, description="Seconds after which a waiting person gets one notice.")
    resume_within_s: float = Field(10.0, description="Heartbeat of the job engine: unfinished work resumes after this.")
    worker_concurrency: int = Field(20, description="Conversations that one worker handles at once.")

    embedder: Literal["shipped", "sentence-transformers", "openai"] = Field(
        "shipped",
        description="Sentence encoder of the search: the fine-tuned one in the project, or another (docs/matching.md).",
    )
    embedder_model: str = Field("", description="Name or folder of the model of another embedder.")
    embedder_url: str = Field("", description="Base address of an OpenAI-compatible embeddings endpoint.")
    embedder_key: SecretStr = Field(SecretStr(""), description="Key of the embeddings endpoint.")
    reranker_url: str = Field(
        "",
        description="Base address of an OpenAI-compatible chat endpoint that chooses among doubtful subjects.",
    )
    reranker_model: str = Field("", description="Model of the reranker.")
    reranker_key: SecretStr = Field(SecretStr(""), description="Key of the reranker's endpoint.")
    reranker_timeout_s: float = Field(3.0, description="Seconds that the reranker may take; then the index decides.")

    serve_unreviewed: bool | None = Field(
        None,
        description="Serve answers not yet reviewed by a lawyer; empty: yes in the embedded mode, no in production.",
    )
    default_country: str = Field(
        "", description="Country assumed where the person has named none (`MA`, …); empty: asked for."
    )

    @field_validator("encryption_keys", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @property
    def serves_unreviewed(self) -> bool:
        """Whether starter content may be served."""
        return self.mode == "embedded" if self.serve_unreviewed is None else self.serve_unreviewed

    @property
    def rasa_address(self) -> str:
        """Base URL of Rasa."""
        return (self.rasa_url or f"http://{self.rasa_host}:{self.rasa_port}").rstrip("/")

    @property
    def actions_address(self) -> str:
        """Base URL of the action server."""
        return (self.actions_url or f"http://{self.actions_host}:{self.actions_port}").rstrip("/")

    @property
    def public_address(self) -> str:
        """Base URL of the public gateway as the providers see it."""
        return (self.public_url or f"http://{self.public_host}:{self.public_port}").rstrip("/")

    @property
    def spool_dir(self) -> Path:
        """Where webhooks wait while the database is away."""
        return self.data_dir / "spool"

    @property
    def per_second(self) -> dict[str, float]:
        """Channel to messages a second."""
        return {"whatsapp": self.whatsapp_per_second, "sms": self.sms_per_second, "telegram": self.telegram_per_second}

    def checked(self) -> Settings:
        """Itself, once every secret that this mode needs is there.

        Raises ConfigurationError naming the variable.
        """
        needed = {
            "HELPLINE_ENCRYPTION_KEYS": bool(self.encryption_keys),
            "HELPLINE_INDEX_KEY": bool(self.index_key.get_secret_value()),
        }
        if self.mode == "production":
            needed["DATABASE_URL"] = bool(self.database_url)
            needed["HELPLINE_RASA_TOKEN"] = bool(self.rasa_token.get_secret_value())
            needed["HELPLINE_PUBLIC_URL"] = bool(self.public_url)
        if self.twilio_account_sid:
            needed["HELPLINE_TWILIO_AUTH_TOKEN"] = bool(self.twilio_auth_token.get_secret_value())
        if self.telegram_token.get_secret_value():
            needed["HELPLINE_TELEGRAM_SECRET"] = bool(self.telegram_secret.get_secret_value())
        missing = [name for name, there in needed.items() if not there]
        if missing:
            raise ConfigurationError(f"Set {', '.join(missing)}; docs/settings.md says how.")
        return self
