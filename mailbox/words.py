"""The words of the inbox page, in Italian and English."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from werkzeug.datastructures import LanguageAccept

__all__ = ["WORDS", "language_of", "local_time"]

_ROME = ZoneInfo("Europe/Rome")

WORDS: dict[str, dict[str, str]] = {
    "it": {
        "title": "Casella di prova",
        "label": "Sostituto di SendGrid: nessun messaggio lascia questa macchina.",
        "search": "Cerca per indirizzo",
        "find": "Cerca",
        "all": "Tutti i messaggi",
        "when": "Quando",
        "to": "A",
        "from": "Da",
        "reply_to": "Rispondi a",
        "subject": "Oggetto",
        "kind": "Tipo",
        "none": "Nessun messaggio.",
        "none_found": "Nessun messaggio per questa ricerca.",
        "older": "Meno recenti",
        "newest": "Più recenti",
        "back": "Torna ai messaggi",
        "attachments": "Allegati",
        "links": "Collegamenti nel messaggio",
        "html": "Messaggio",
        "text": "Solo testo",
        "calendar": "Invito per il calendario",
        "technical": "Dati tecnici",
        "identifier": "Identificativo",
        "bytes": "byte",
        "missing": "Questa pagina non c’è.",
        "other": "English",
        "other_code": "en",
        "pages": "Pagine",
        "skip": "Vai al contenuto",
    },
    "en": {
        "title": "Test mailbox",
        "label": "Stand-in for SendGrid: no mail leaves this machine.",
        "search": "Search by address",
        "find": "Search",
        "all": "All messages",
        "when": "When",
        "to": "To",
        "from": "From",
        "reply_to": "Reply to",
        "subject": "Subject",
        "kind": "Kind",
        "none": "No messages.",
        "none_found": "No messages for this search.",
        "older": "Older",
        "newest": "Newest",
        "back": "Back to the messages",
        "attachments": "Attachments",
        "links": "Links in the message",
        "html": "Message",
        "text": "Text only",
        "calendar": "Calendar invitation",
        "technical": "Technical data",
        "identifier": "Identifier",
        "bytes": "bytes",
        "missing": "There is no such page.",
        "other": "Italiano",
        "other_code": "it",
        "pages": "Pages",
        "skip": "Skip to content",
    },
}


def language_of(chosen: str | None, accepted: LanguageAccept) -> str:
    """The language that was asked for, else the best that the browser accepts, else Italian."""
    return chosen if chosen in WORDS else accepted.best_match(list(WORDS), default="it") or "it"


def local_time(moment: str) -> str:
    """As a clock in Rome shows it."""
    return datetime.fromisoformat(moment).astimezone(_ROME).strftime("%d/%m/%Y %H:%M:%S")
