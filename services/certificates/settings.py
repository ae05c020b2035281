"""What the operator may set for certificates."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from chassis.settings import BadSetting, ServiceSettings
from services.certificates.documents.keys import load_seal
from services.certificates.documents.seal import SealUnusable


@dataclass(frozen=True, kw_only=True)
class CertificatesSettings(ServiceSettings):
    """Each field is read from the environment variable of its name in upper case."""

    seal_file: Path | None = None
    """PKCS#12 file with the key that seals certificates, its certificate and its chain."""
    seal_password: str = ""
    state_dir: Path = Path("state")
    """Where the development seal is kept when no seal file is given; back it up with the database."""
    issue_place: str = "Roma"
    """The place before the date of issue."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.seal_file is not None:
            try:
                load_seal(self.seal_file, self.seal_password)
            except SealUnusable as error:
                raise BadSetting(f"SEAL_FILE cannot be used: {error}") from None
