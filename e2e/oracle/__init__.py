"""Relay's own rules, behind `sentry-relay` from PyPI, as a second opinion on what Tocsin makes of an event."""
