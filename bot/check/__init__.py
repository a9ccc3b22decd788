"""`atelier check`: is everything there that the service needs? Changes nothing, disturbs nobody."""
