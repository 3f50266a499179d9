"""Commands for the operator: keys, tables, channels, health."""

from __future__ import annotations

import typer

from helpline import logs
from helpline.cli import run, say
from helpline.errors import ConfigurationError
from helpline.settings import Settings
from helpline.stack.local import embedded_settings


def add(app: typer.Typer) -> None:
    """Add the operator's commands to ``app``."""
    keys = typer.Typer(no_args_is_help=True, help="Encryption keys.")
    keys.command("new")(keys_new)
    keys.command("rotate")(keys_rotate)
    telegram = typer.Typer(no_args_is_help=True, help="The Telegram bot.")
    telegram.command("set-webhook")(telegram_set_webhook)
    telegram.command("poll")(telegram_poll)
    app.add_typer(keys, name="keys")
    app.add_typer(telegram, name="telegram")
    app.command("migrate")(migrate)
    app.command("train")(train)
    app.command("health")(health)


def keys_new() -> None:
    """Print a new encryption key; put it before the others in HELPLINE_ENCRYPTION_KEYS, then `helpline keys rotate`."""
    from cryptography.fernet import Fernet

    print(Fernet.generate_key().decode())


def keys_rotate() -> None:
    """Encrypt everything stored anew with the first key; safe to interrupt and repeat."""
    from helpline.cli.context import settings_with_database
    from helpline.stack.rotation import rotate

    logs.configure("WARNING", "keys")
    done = run(rotate(settings_with_database()))
    for table, count in done.items():
        say(f"{table}: {count}")


def telegram_settings() -> Settings:
    """The settings, with Telegram's token and secret; raises ConfigurationError where one is missing."""
    settings = embedded_settings(Settings()).checked()
    if not settings.telegram_token.get_secret_value():
        raise ConfigurationError("Set HELPLINE_TELEGRAM_TOKEN first; @BotFather gives one.")
    return settings


def telegram_set_webhook() -> None:
    """Tell Telegram where our webhook is (HELPLINE_PUBLIC_URL) and which secret it must send."""
    from channels.adapters.telegram_setup import set_webhook

    settings = telegram_settings()
    run(set_webhook(settings))
    say(f"Telegram now sends to {settings.public_address}/webhooks/telegram")


def telegram_poll() -> None:
    """Fetch updates in place of a webhook, for development without a public address."""
    from helpline.stack.polling import poll

    logs.configure("WARNING", "telegram")
    run(poll(telegram_settings(), say))


def migrate() -> None:
    """Bring the database to the newest schema, import the shipped knowledge where it changed, build its index."""
    from helpline.cli.context import settings_with_database
    from helpline.db import migrate as migrations
    from helpline.stack.prepare import load_knowledge

    settings = settings_with_database()
    migrations.migrate_now(settings.database_url)
    run(load_knowledge(settings, say))


def train() -> None:
    """Train the bot where its data changed."""
    from helpline.stack.prepare import bot_environment, train_bot

    bot_environment(say)
    train_bot(Settings(), say)


def health(part: str = typer.Argument("worker", help="public, staff, actions, rasa or worker.")) -> None:
    """Exit 0 where a part is well; for container health checks."""
    from helpline.stack.health import check

    run(check(Settings(), part))
