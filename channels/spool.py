"""Where webhooks wait while the database is away: one encrypted file each, on disk before it is acknowledged."""

from __future__ import annotations

import itertools
import os
import time
from pathlib import Path

from channels.ports import WebhookRequest
from helpline.errors import SpoolUnwritable
from helpline.privacy import Cipher


class Spool:
    """A directory of webhooks in order of arrival. Raises SpoolUnwritable where it cannot be written."""

    def __init__(self, directory: Path, cipher: Cipher) -> None:
        self._directory = directory
        self._cipher = cipher
        self._counter = itertools.count()

    def prepare(self) -> None:
        """Make the directory and prove that it can be written, so that a broken disk is found at the start."""
        try:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            probe = self._directory / f".probe-{os.getpid()}"
            self._write(probe, b"probe")
            probe.unlink()
        except OSError as error:
            raise SpoolUnwritable(
                f"{self._directory}: {error.strerror}; free the disk or set HELPLINE_DATA_DIR."
            ) from error

    def put(self, channel: str, request: WebhookRequest) -> Path:
        """Write one authenticated webhook durably; returns its file."""
        name = f"{time.time_ns():020d}-{os.getpid():08d}-{next(self._counter):08d}"
        data = self._cipher.encrypt_json(
            {
                "channel": channel,
                "method": request.method,
                "url": request.url,
                "headers": request.headers,
                "body": request.body.decode("latin-1"),
            }
        )
        file = self._directory / f"{name}.webhook"
        try:
            self._write(file.with_suffix(".part"), data)
            file.with_suffix(".part").rename(file)
            self._sync_directory()
        except OSError as error:
            raise SpoolUnwritable(f"{self._directory}: {error.strerror}") from error
        return file

    def waiting(self) -> list[Path]:
        """The files in order of arrival."""
        return sorted(self._directory.glob("*.webhook"))

    def read(self, file: Path) -> tuple[str, WebhookRequest]:
        """The channel and webhook of a file."""
        value = self._cipher.decrypt_json(file.read_bytes())
        return value["channel"], WebhookRequest(
            value["method"], value["url"], value["headers"], value["body"].encode("latin-1")
        )

    def done(self, file: Path) -> None:
        """Remove a file whose events are stored."""
        file.unlink(missing_ok=True)

    def set_aside(self, file: Path) -> None:
        """Keep a file that cannot be read out of the way of the others."""
        file.rename(file.with_suffix(".unreadable"))

    def _write(self, file: Path, data: bytes) -> None:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _sync_directory(self) -> None:
        descriptor = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
