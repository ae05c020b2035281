"""A stand-in for SendGrid with an inbox page: for development, tests and rehearsals. No mail leaves this machine.

It takes the same calls as the real thing, refuses what the real thing refuses, keeps what it accepted, misbehaves when
a test asks it to, and sends signed event webhooks. ``mailbox.app.create_mailbox`` makes it; nothing is imported here,
so that ``python -m mailbox`` can let eventlet in first.
"""
