"""Telegram at its worst: many chats at once, and everything that can go wrong between."""
