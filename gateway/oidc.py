"""Logging in with an identity provider (OpenID Connect): code flow with PKCE, state and nonce; found by discovery.

The provider says who it is; whether they work here is decided here: by the subject that was bound at the first log-in,
else by a verified address that has an account or an invitation, else by a rule of OIDC_ROLES. The provider answers for
a second factor. Nothing of it is kept between log-ins, so that its keys may change at any time.
"""

from __future__ import annotations

from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis import clock
from chassis.database import Store
from chassis.logging import get_logger
from chassis.refusal import Refused, Unavailable
from gateway.accounts import Staff, is_email, normal, staff_of, wrong_name
from gateway.models import ROLES, StaffAccount
from gateway.settings import GatewaySettings

__all__ = ["CALLBACK", "begin", "claims_of", "find"]

log = get_logger(__name__)

CALLBACK = "/staff/login/oidc/callback"
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
LEEWAY = 60
LONGEST_SUBJECT = 255


def begin(settings: GatewaySettings) -> tuple[str, dict[str, str]]:
    """Where to send the browser, and what it must hold until it comes back."""
    provider = _discover(settings)
    held = {"nonce": generate_token(32), "verifier": generate_token(48)}
    with _client(settings, provider) as client:
        url, held["state"] = client.create_authorization_url(
            provider["authorization_endpoint"], code_verifier=held["verifier"], nonce=held["nonce"]
        )
    return url, held


def claims_of(settings: GatewaySettings, answer: dict[str, str], held: dict[str, str]) -> dict[str, Any]:
    """Who the provider says it is: the claims of a token that is signed by it, for us, for this very log-in."""
    if not answer.get("code") or answer.get("state") != held["state"]:
        raise Refused("oidc_failed")
    provider = _discover(settings)
    try:
        with _client(settings, provider) as client:
            token = client.fetch_token(
                provider["token_endpoint"],
                code=answer["code"],
                code_verifier=held["verifier"],
                timeout=settings.oidc_timeout,
            )
            claims = _verified(settings, provider, str(token["id_token"]), held["nonce"])
            if "email" not in claims and "userinfo_endpoint" in provider:
                told = client.get(provider["userinfo_endpoint"], timeout=settings.oidc_timeout).json()
                if told.get("sub") == claims["sub"]:
                    claims = {**told, **claims}
    except requests.RequestException as error:
        raise _silent(error) from error
    except (AuthlibBaseError, JoseError, KeyError, ValueError, TypeError, AttributeError) as error:
        log.warning("oidc_failed", extra={"error": type(error).__name__})
        raise Refused("oidc_failed") from error
    return claims


def find(store: Store, settings: GatewaySettings, claims: dict[str, Any]) -> Staff:
    """The staff member that the claims are of; ``Refused`` when nobody of that name works here."""
    subject = f"{settings.oidc_issuer} {claims['sub']}"
    with store.transaction() as session:
        account = session.scalar(select(StaffAccount).where(StaffAccount.oidc_subject == subject).with_for_update())
        if account is None:
            account = _by_address(session, claims) or _by_rule(session, settings, claims)
        if account is None or account.oidc_subject not in (None, subject):
            raise Refused("oidc_not_invited")
        if account.invitation_id is not None:
            if account.invited_until is None or account.invited_until <= clock.machine_now():
                raise Refused("oidc_not_invited")
            _open(account, claims)
        if not account.active:
            raise Refused("oidc_not_invited")
        account.oidc_subject = subject
        session.flush()
        return staff_of(account)


def _discover(settings: GatewaySettings) -> dict[str, Any]:
    address = settings.oidc_issuer.rstrip("/") + "/.well-known/openid-configuration"
    found = _get(address, settings)
    if found.get("issuer") != settings.oidc_issuer:
        log.error("oidc_issuer_differs", extra={"issuer": str(found.get("issuer"))[:200]})
        raise Unavailable("oidc")
    return found


def _get(address: str, settings: GatewaySettings) -> dict[str, Any]:
    try:
        answer = requests.get(address, timeout=settings.oidc_timeout, allow_redirects=False)
        answer.raise_for_status()
        found = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise _silent(error) from error
    if answer.status_code != 200 or not isinstance(found, dict):
        raise Unavailable("oidc")
    return found


def _silent(error: Exception) -> Unavailable:
    log.warning("oidc_unavailable", extra={"error": type(error).__name__})
    return Unavailable("oidc")


def _client(settings: GatewaySettings, provider: dict[str, Any]) -> OAuth2Session:
    methods = provider.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return OAuth2Session(
        settings.oidc_client_id,
        settings.oidc_client_secret,
        scope="openid email profile",
        redirect_uri=settings.public_url.rstrip("/") + CALLBACK,
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic" if "client_secret_basic" in methods else "client_secret_post",
    )


def _verified(settings: GatewaySettings, provider: dict[str, Any], token: str, nonce: str) -> dict[str, Any]:
    keys = KeySet.import_key_set(_get(provider["jwks_uri"], settings))  # type: ignore[arg-type]
    claims: dict[str, Any] = jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims
    jwt.JWTClaimsRegistry(
        now=lambda: int(clock.machine_now().timestamp()),
        leeway=LEEWAY,
        iss={"essential": True, "value": settings.oidc_issuer},
        aud={"essential": True, "value": settings.oidc_client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    ).validate(claims)
    if claims.get("azp", settings.oidc_client_id) != settings.oidc_client_id:
        raise ValueError("the token was made for another client")
    if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= LONGEST_SUBJECT:
        raise ValueError("the subject is none")
    return claims


def _by_address(session: Session, claims: dict[str, Any]) -> StaffAccount | None:
    if (email := _verified_address(claims)) is None:
        return None
    return session.scalar(select(StaffAccount).where(StaffAccount.email == email).with_for_update())


def _by_rule(session: Session, settings: GatewaySettings, claims: dict[str, Any]) -> StaffAccount | None:
    """A new account, where a rule gives the person a role: the highest of them."""
    email = _verified_address(claims)
    roles = [role for claim, value, role in settings.roles_by_claim if value in _values(claims.get(claim))]
    if email is None or not roles:
        return None
    account = StaffAccount(email=email, role=max(roles, key=ROLES.index), created_at=clock.machine_now())
    _open(account, claims)
    session.add(account)
    return account


def _open(account: StaffAccount, claims: dict[str, Any]) -> None:
    name = str(claims.get("name") or "").strip()
    account.name = account.email if wrong_name(name) else name
    account.active, account.invitation_id, account.invited_until = True, None, None


def _verified_address(claims: dict[str, Any]) -> str | None:
    email = normal(str(claims.get("email") or ""))
    return email if claims.get("email_verified") is True and is_email(email) else None


def _values(claim: Any) -> list[str]:
    return [str(one) for one in claim] if isinstance(claim, list) else [str(claim)]
