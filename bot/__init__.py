"""The service: Telegram in, Telegram out. Never imports TensorFlow, never decodes a picture."""
