"""The second factor of whoever logs in."""

from __future__ import annotations

from datetime import UTC, datetime

import pyotp


class Authenticator:
    """A telephone with the secret of an account, and the recovery codes on paper."""

    def __init__(self, secret: str, recovery_codes: list[str]) -> None:
        self.totp, self.recovery_codes = pyotp.TOTP(secret), recovery_codes
        self.last_step = 0

    def code(self) -> str:
        """One that was not used: of this half minute or the next, else a recovery code; nobody waits for the clock."""
        now = self.totp.timecode(datetime.now(UTC))
        if self.last_step > now:
            return self.recovery_codes.pop()
        self.last_step = max(now, self.last_step + 1)
        return self.totp.generate_otp(self.last_step)
